/** What rendering and reading WireGuard configurations costs. */
package ai.primespark.benchmarks.vpn;
