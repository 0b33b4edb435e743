package ai.primespark.examples.server;

import ai.primespark.memory.Memory;
import ai.primespark.memory.ObjectUpload;
import com.fasterxml.jackson.databind.node.TextNode;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Objects that come in pieces, over as many connections as it takes: tus 1.0.0 (https://tus.io/protocols/resumable-upload), the
 * core with the extensions creation, expiration and termination, so that its clients work as they are. The object's name stands
 * in the metadata, as {@code name} or, as most clients call it, {@code filename}.
 */
final class UploadRoutes {

    private static final String VERSION = "1.0.0";
    private static final String PATH = "/api/memory/uploads";

    private static final Field<String> ID = Field.text(
                    "id", "[0-9a-f]{32}", "The last part of the address that creation gave.")
            .needed();
    private static final Field<String> RESUMABLE = Field.text("Tus-Resumable", "`1.0.0`.");
    private static final Field<Long> LENGTH =
            Field.bytes("Upload-Length", "The object's size.").needed();
    private static final Field<Long> OFFSET = Field.bytes(
                    "Upload-Offset", "Where the piece begins: where the last one ended.")
            .needed();
    private static final Field<String> NAME = Field.of(
                    "Upload-Metadata",
                    "`name` and the object's name in Base64, with a space between; other pairs are ignored.",
                    Map.of("type", "string"),
                    "must hold `name`, a space, and the object's name in Base64",
                    node -> name(node.asText()))
            .needed();

    private final Memory memory;

    UploadRoutes(Memory memory) {
        this.memory = memory;
    }

    List<Route> routes() {
        return List.of(
                Route.of(HandlerType.OPTIONS, PATH)
                        .open()
                        .summary("Which version and extensions of tus there are.")
                        .answers(204, "", null, "`Tus-Version` and `Tus-Extension`.")
                        .to(ctx -> ctx.status(HttpStatus.NO_CONTENT)
                                .header("Tus-Resumable", VERSION)
                                .header("Tus-Version", VERSION)
                                .header("Tus-Extension", "creation,expiration,termination")),
                tus(Route.post(PATH), "Begins an upload.")
                        .header(LENGTH, NAME)
                        .answers(201, "", null, "`Location` is where the pieces go.")
                        .problem(413, "upload-too-large", "larger than the largest object")
                        .problem(429, "upload-too-many", "finish or abort others first")
                        .problem(507, "upload-no-space", "this machine has no room for it")
                        .to(this::create),
                tus(Route.of(HandlerType.HEAD, PATH + "/{id}"), "Says in `Upload-Offset` how much has come.")
                        .path(ID)
                        .answers(200, "", null, "`Upload-Offset` and `Upload-Length`.")
                        .answers(404, "", null, "It is not known, or over its time.")
                        .to(this::offset),
                tus(Route.of(HandlerType.PATCH, PATH + "/{id}"), "Takes a piece; the last one stores the object.")
                        .path(ID)
                        .header(OFFSET)
                        .stream("application/offset+octet-stream")
                        .answers(204, "", null, "`Upload-Offset` is where the next piece begins.")
                        .problem(404, "upload-gone", "it is not known, or over its time")
                        .problem(409, "upload-wrong-offset", "the piece does not begin where the last one ended")
                        .problem(413, "upload-too-large", "more than was announced")
                        .problem(423, "upload-busy", "another connection is at work on it")
                        .to(this::append),
                tus(Route.delete(PATH + "/{id}"), "Gives an upload up. What is stored already stays.")
                        .path(ID)
                        .answers(204, "", null, "Its pieces are gone.")
                        .problem(404, "upload-gone", "it is not known, or over its time")
                        .problem(423, "upload-busy", "another connection is at work on it")
                        .to(this::abort));
    }

    private static Route.Builder tus(Route.Builder route, String summary) {
        return route.user("memory:write")
                .summary(summary)
                .header(RESUMABLE)
                .problem(409, "subsystem-unavailable", "no tier can hold objects")
                .problem(412, "tus-version", "`Tus-Resumable` must be 1.0.0");
    }

    private void create(Context ctx) throws IOException {
        Input in = input(ctx);
        ObjectUpload upload = memory.objects().beginUpload(in.need(NAME), in.need(LENGTH));
        if (upload.length() == 0) {
            var unused = upload.finish(done -> {});
        }
        expires(ctx, upload).status(HttpStatus.CREATED).header("Location", PATH + "/" + upload.id());
    }

    private void offset(Context ctx) {
        ObjectUpload upload = find(input(ctx));
        expires(ctx, upload)
                .header("Upload-Length", String.valueOf(upload.length()))
                .header("Cache-Control", "no-store");
    }

    private void append(Context ctx) throws IOException {
        Input in = input(ctx);
        ObjectUpload upload = find(in);
        try {
            if (upload.append(in.need(OFFSET), ctx.bodyInputStream()) == upload.length()) {
                ctx.header("ETag", ObjectRoutes.tag(upload.finish(done -> {})));
            }
            expires(ctx, upload).status(HttpStatus.NO_CONTENT);
        } catch (IOException e) { // what came is kept
            throw new Problem(HttpStatus.BAD_REQUEST, "incomplete-body", "the piece ended early; ask where to go on");
        }
    }

    private void abort(Context ctx) throws IOException {
        find(input(ctx)).abort();
        ctx.status(HttpStatus.NO_CONTENT);
    }

    /** Answers carry the version too, also when they are failures. */
    private static Input input(Context ctx) {
        ctx.header("Tus-Resumable", VERSION);
        if (!VERSION.equals(ctx.header("Tus-Resumable"))) {
            throw new Problem(
                            HttpStatus.PRECONDITION_FAILED, "tus-version", "send the header Tus-Resumable: " + VERSION)
                    .header("Tus-Version", VERSION);
        }
        return Input.of(ctx);
    }

    private ObjectUpload find(Input in) {
        return memory.objects()
                .findUpload(in.need(ID))
                .orElseThrow(() ->
                        new Problem(HttpStatus.NOT_FOUND, "upload-gone", "there is no such upload; begin it again"));
    }

    private static Context expires(Context ctx, ObjectUpload upload) {
        return ctx.header("Upload-Offset", String.valueOf(upload.offset()))
                .header(
                        "Upload-Expires",
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                upload.expiresAt().atOffset(ZoneOffset.UTC)));
    }

    private static @Nullable String name(String metadata) {
        for (String wanted : List.of("name", "filename")) {
            for (String pair : metadata.split(",", -1)) {
                String[] parts = pair.strip().split(" ", 2);
                if (parts.length == 2 && parts[0].equals(wanted)) {
                    String name = new String(Base64.getDecoder().decode(parts[1].strip()), StandardCharsets.UTF_8);
                    return ObjectRoutes.NAME.read(TextNode.valueOf(name)).orElse(null);
                }
            }
        }
        return null;
    }
}
