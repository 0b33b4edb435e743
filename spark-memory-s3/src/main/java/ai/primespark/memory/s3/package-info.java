/**
 * The place of the S3 provider: memory tier 3 in an S3-compatible object store such as MinIO. This version ships
 * no provider yet: the module holds only this package, is not in the BOM and is not published.
 */
@NullMarked
package ai.primespark.memory.s3;

import org.jspecify.annotations.NullMarked;
