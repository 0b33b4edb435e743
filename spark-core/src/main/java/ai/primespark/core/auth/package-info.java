/**
 * Users, logins and tokens. {@link ai.primespark.core.auth.AuthEngine} puts together what each does alone: hashing, throttling,
 * signing, sessions, and what is remembered of them so that a request costs microseconds. Where accounts are is in {@code store}.
 */
@NullMarked
package ai.primespark.core.auth;

import org.jspecify.annotations.NullMarked;
