package ai.primespark.agent.http;

import ai.primespark.spi.http.BodyBytes;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** What went wrong with a request that got no whole answer, in words; and whether the agent can have seen any of it. */
record Problems(String words, boolean neverSent) {

    static Problems of(Throwable failure) {
        if (failure instanceof BodyBytes.TooLongException tooLong) {
            return new Problems("its answer is longer than " + tooLong.most() + " bytes (max-answer-bytes)", false);
        }
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof HttpConnectTimeoutException) {
                return new Problems("it did not accept a connection in time; is the machine on and reachable?", true);
            }
            if (t instanceof ConnectException
                    || t instanceof NoRouteToHostException
                    || t instanceof UnknownHostException
                    || t instanceof UnresolvedAddressException) {
                return new Problems("it cannot be reached; is it running there?", true);
            }
            if (t instanceof SSLException) {
                return new Problems(
                        "it cannot be reached securely; check http or https in the url, its certificate, and ca-file",
                        t instanceof SSLHandshakeException);
            }
            // the client quotes what it received, so the message is not passed on
            if (t instanceof java.net.ProtocolException
                    || String.valueOf(t.getMessage()).contains("status line")) {
                return new Problems("it does not speak HTTP; check the url", false);
            }
        }
        return failure instanceof IOException
                ? new Problems("it broke the connection before its answer was complete", false)
                : new Problems("it could not be asked: " + failure.getClass().getName(), false);
    }
}
