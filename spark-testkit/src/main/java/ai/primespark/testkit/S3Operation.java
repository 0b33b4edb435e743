package ai.primespark.testkit;

import java.util.Map;

/** What a request to {@link S3FaultServer} asks for. */
public enum S3Operation {
    /** Asks whether a bucket is there. */
    HEAD_BUCKET,
    /** Makes a bucket. */
    CREATE_BUCKET,
    /** Lists objects, protocol version 2. */
    LIST_OBJECTS,
    /** Removes many objects. */
    DELETE_OBJECTS,
    /** Lists uploads in parts that are neither completed nor aborted. */
    LIST_UPLOADS,
    /** Asks for an object's headers. */
    HEAD_OBJECT,
    /** Reads an object or a part of it. */
    GET_OBJECT,
    /** Stores an object in one piece. */
    PUT_OBJECT,
    /** Removes an object. */
    DELETE_OBJECT,
    /** Begins an upload in parts. */
    CREATE_UPLOAD,
    /** Stores a part of an upload. */
    UPLOAD_PART,
    /** Lists the parts of an upload. */
    LIST_PARTS,
    /** Makes an object of an upload's parts. */
    COMPLETE_UPLOAD,
    /** Forgets an upload. */
    ABORT_UPLOAD,
    /** Anything else, which is answered with 501. */
    OTHER;

    static S3Operation of(String method, boolean object, Map<String, String> query) {
        if (!object) {
            return switch (method) {
                case "HEAD" -> HEAD_BUCKET;
                case "PUT" -> query.isEmpty() ? CREATE_BUCKET : OTHER;
                case "GET" ->
                    query.containsKey("uploads")
                            ? LIST_UPLOADS
                            : "2".equals(query.get("list-type")) ? LIST_OBJECTS : OTHER;
                case "POST" -> query.containsKey("delete") ? DELETE_OBJECTS : OTHER;
                default -> OTHER;
            };
        }
        boolean upload = query.containsKey("uploadId");
        return switch (method) {
            case "HEAD" -> HEAD_OBJECT;
            case "GET" -> upload ? LIST_PARTS : GET_OBJECT;
            case "PUT" -> upload ? UPLOAD_PART : PUT_OBJECT;
            case "DELETE" -> upload ? ABORT_UPLOAD : DELETE_OBJECT;
            case "POST" -> upload ? COMPLETE_UPLOAD : query.containsKey("uploads") ? CREATE_UPLOAD : OTHER;
            default -> OTHER;
        };
    }
}
