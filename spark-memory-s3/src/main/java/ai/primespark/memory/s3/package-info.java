/** The memory tier on S3, MinIO and other servers that speak its protocol: {@link ai.primespark.memory.s3.S3TierProvider}. */
@NullMarked
package ai.primespark.memory.s3;

import org.jspecify.annotations.NullMarked;
