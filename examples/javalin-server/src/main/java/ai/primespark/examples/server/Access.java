package ai.primespark.examples.server;

/** Who may call a route. */
enum Access {
    /** Anybody, without a token. */
    OPEN,
    /** Whoever is logged in, if their roles have the route's permission. */
    USER,
    /** Administrators: the route's permission is one that ordinary users do not have. */
    ADMIN
}
