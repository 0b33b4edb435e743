package ai.primespark.core.auth;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys of one algorithm. Thread-safe; reads and writes files when it is first asked, and then seldom. */
interface SigningKeys {

    /** The only algorithm that is ever accepted, whatever a token says of itself. */
    JWSAlgorithm algorithm();

    /**
     * What to sign with now.
     *
     * @throws ai.primespark.auth.AuthUnavailableException when the keys cannot be read or made
     */
    Signing signing();

    /**
     * What may have signed a token.
     *
     * @param keyId as the token says, or null
     * @return to be tried in turn; empty when there is no such key
     * @throws ai.primespark.auth.AuthUnavailableException when the keys cannot be read
     */
    List<JWSVerifier> verifiers(@Nullable String keyId);

    /** The public keys as a JWK Set (RFC 7517); empty when there are none. */
    Optional<String> jwks();

    /**
     * A key to sign with.
     *
     * @param keyId how others find it, or null when there is only one
     * @param signer signs
     */
    record Signing(@Nullable String keyId, JWSSigner signer) {}
}
