package ai.primespark.core.auth;

/** How access tokens are signed (RFC 7518, section 3.1). */
public enum JwtAlgorithm {
    /** HMAC with SHA-256: whoever can verify can also sign. */
    HS256,
    /** ECDSA on P-256 with SHA-256: others verify with a public key. */
    ES256
}
