package ai.primespark.examples.server;

import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.ObjectContent;
import ai.primespark.memory.ObjectStore;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Stored;
import ai.primespark.memory.Version;
import ai.primespark.memory.WriteResult;
import ai.primespark.spi.TierKey;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Large binaries by name, streamed: conditions and ranges are those of RFC 9110. The tag of an object is the SHA-256 of its
 * content. {@link UploadRoutes} take what comes in pieces.
 */
final class ObjectRoutes {

    static final Field<String> NAME = Field.of(
                    "name",
                    "May hold slashes; no part between them is empty, `.` or `..`.",
                    Map.of("type", "string", "minLength", 1, "maxLength", TierKey.MAX_KEY_BYTES),
                    "must be 1 to 1,024 bytes without control characters and backslashes, and no part between its slashes"
                            + " may be empty, . or ..",
                    node -> legal(node.asText()) ? node.asText() : null)
            .needed();

    private static final Logger LOG = LoggerFactory.getLogger(ObjectRoutes.class);
    private static final int PIECE = 64 << 10;
    private static final int PAGE = 100;
    private static final Field<String> PREFIX = Field.text("prefix", "Only names that begin with this.");
    private static final Field<String> CURSOR = Field.text("cursor", "The `cursor` of the page before.");
    private static final Field<Integer> LIMIT =
            Field.whole("limit", 1, 1_000, "The longest page.").otherwise(PAGE);
    private static final Field<String> IF_MATCH = Field.text("If-Match", "Only if the object has one of these tags.");
    private static final Field<String> IF_NONE_MATCH =
            Field.text("If-None-Match", "Only if the object has none of these tags; `*`: only if there is none.");
    private static final Field<String> RANGE = Field.text("Range", "A single range of bytes.");
    private static final Field<String> IF_RANGE = Field.text("If-Range", "The range only if the object has this tag.");

    private final Memory memory;

    ObjectRoutes(Memory memory) {
        this.memory = memory;
    }

    /** An object; its tag is its hash in quotes. */
    record Described(String name, long bytes, String sha256, Version version, Instant storedAt) {
        static Described of(ObjectInfo info) {
            return new Described(info.name(), info.bytes(), info.sha256(), info.version(), info.storedAt());
        }
    }

    /** A page of objects; {@code cursor} is null on the last one, and objects of {@code missing_tiers} may be missing. */
    record Page(List<Entry> objects, @Nullable String cursor, List<String> missingTiers) {}

    record Entry(String name, long bytes, Version version, List<String> tiers) {}

    record Gone(boolean success, String name) {}

    List<Route> routes() {
        String path = "/api/memory/objects/<name>";
        return List.of(
                reading(Route.get("/api/memory/objects"), "Lists objects.")
                        .query(PREFIX, CURSOR, LIMIT)
                        .answers(200, Page.class, "A page of objects.")
                        .to(this::list),
                reading(Route.get(path), "Reads an object, or a part of it.")
                        .path(NAME)
                        .header(RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH)
                        .answers(200, Route.BYTES, null, "The object.")
                        .answers(206, Route.BYTES, null, "The range.")
                        .answers(304, "", null, "It has a tag of `If-None-Match`.")
                        .problem(404, "absent", "there is no object of this name")
                        .problem(412, "precondition-failed", "it has no tag of `If-Match`")
                        .problem(416, "range-not-satisfiable", "no byte of the range is there")
                        .to(this::get),
                reading(Route.of(HandlerType.HEAD, path), "Describes an object in headers.")
                        .path(NAME)
                        .header(IF_MATCH, IF_NONE_MATCH)
                        .answers(200, "", null, "It is there.")
                        .answers(304, "", null, "It has a tag of `If-None-Match`.")
                        .answers(404, "", null, "It is not there.")
                        .answers(412, "", null, "It has no tag of `If-Match`.")
                        .to(this::head),
                writing(Route.of(HandlerType.PUT, path), "Stores an object.")
                        .path(NAME)
                        .header(IF_MATCH, IF_NONE_MATCH)
                        .stream(Route.BYTES)
                        .answers(201, Described.class, "It is new.")
                        .answers(200, Described.class, "It has replaced another one.")
                        .problem(413, "upload-too-large", "larger than the largest object")
                        .to(this::put),
                writing(Route.delete(path), "Deletes an object.")
                        .path(NAME)
                        .header(IF_MATCH)
                        .answers(200, Gone.class, "It is gone.")
                        .problem(404, "absent", "there is no object of this name")
                        .to(this::delete));
    }

    private static Route.Builder reading(Route.Builder route, String summary) {
        return route.user("memory:read")
                .summary(summary)
                .problem(409, "subsystem-unavailable", "no tier can hold objects")
                .problem(503, "tier-unavailable", "a tier that may have it was not asked");
    }

    private static Route.Builder writing(Route.Builder route, String summary) {
        return route.user("memory:write")
                .summary(summary)
                .problem(409, "subsystem-unavailable", "no tier can hold objects")
                .problem(412, "precondition-failed", "what is there is not as the conditions want it")
                .problem(503, "tier-unavailable", "a tier that decides was not asked");
    }

    private static boolean legal(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length <= TierKey.MAX_KEY_BYTES
                && !name.contains("\\")
                && name.codePoints().noneMatch(Character::isISOControl)
                && Arrays.stream(name.split("/", -1))
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
    }

    private ObjectStore objects() {
        return memory.objects();
    }

    private void list(Context ctx) {
        Input in = Input.of(ctx);
        try {
            ScanPage page = objects()
                    .list(
                            in.get(PREFIX).orElse(""),
                            in.get(CURSOR).orElse(null),
                            in.get(LIMIT).orElse(PAGE));
            List<Entry> entries = page.entries().stream()
                    .map(each -> new Entry(each.key(), each.bytes(), each.version(), each.tiers()))
                    .toList();
            ctx.json(new Page(entries, page.next(), page.missingTiers()));
        } catch (IllegalArgumentException e) {
            throw Problem.parameter("cursor", "must be one that this call gave, beside a legal prefix");
        }
    }

    private void get(Context ctx) throws IOException {
        try (ObjectContent content = objects().find(name(ctx)).orElseThrow(ObjectRoutes::absent)) {
            ObjectInfo info = content.info();
            if (describe(ctx, info)) {
                return;
            }
            Optional<ByteRange> range =
                    wantsRange(ctx, info) ? ByteRange.of(ctx.header("Range"), info.bytes()) : Optional.empty();
            range.ifPresent(
                    part -> ctx.status(HttpStatus.PARTIAL_CONTENT).header("Content-Range", part.of(info.bytes())));
            send(ctx, content, range.orElse(new ByteRange(0, info.bytes())));
        }
    }

    private void head(Context ctx) {
        ObjectInfo info = objects().stat(name(ctx)).orElseThrow(ObjectRoutes::absent);
        if (!describe(ctx, info)) {
            ctx.res().setContentLengthLong(info.bytes());
        }
    }

    /**
     * Sets the headers that describe an object.
     *
     * @return true when the client has it already, and nothing more is to be said
     */
    private static boolean describe(Context ctx, ObjectInfo info) {
        ctx.header("ETag", tag(info))
                .header(
                        "Last-Modified",
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                info.storedAt().atOffset(ZoneOffset.UTC)))
                .header("Accept-Ranges", "bytes")
                .header(
                        "Cache-Control",
                        "private, no-cache") // the tag is asked for again each time, and so is who asks
                .header("X-Content-Type-Options", "nosniff")
                .contentType(Route.BYTES);
        String wanted = ctx.header("If-Match");
        if (wanted != null && !names(wanted, info)) {
            throw failed();
        }
        String known = ctx.header("If-None-Match");
        boolean has = known != null && names(known, info);
        if (has) {
            ctx.status(HttpStatus.NOT_MODIFIED);
        }
        return has;
    }

    private static boolean wantsRange(Context ctx, ObjectInfo info) {
        String only = ctx.header("If-Range");
        return only == null || only.equals(tag(info));
    }

    /** In pieces; when a chunk turns out to be lost after the status is out, the answer ends too early, and clients see that. */
    private static void send(Context ctx, ObjectContent content, ByteRange range) throws IOException {
        ctx.res().setContentLengthLong(range.count());
        InputStream in = Channels.newInputStream(content.position(range.from()));
        OutputStream out = ctx.res().getOutputStream();
        byte[] piece = new byte[PIECE];
        long left = range.count();
        try {
            while (left > 0) {
                int count = in.read(piece, 0, (int) Math.min(piece.length, left));
                out.write(piece, 0, count);
                left -= count;
            }
        } catch (MemoryException e) {
            if (!ctx.res().isCommitted()) {
                ctx.res().resetBuffer();
                ctx.res().setContentLengthLong(-1);
                throw e;
            }
            LOG.warn("An object broke off in request {}: {}", RequestLog.id(ctx), e.getMessage());
        } catch (IOException e) {
            ctx.skipRemainingHandlers(); // the client has left
        }
    }

    private void put(Context ctx) throws IOException {
        String name = name(ctx);
        if (ctx.header("Content-Range") != null || ctx.header("Content-Encoding") != null) {
            throw Problem.parameter(
                    "Content-Range", "and Content-Encoding are not for this call; see /api/memory/uploads");
        }
        Optional<ObjectInfo> before = objects().stat(name);
        boolean conditional = checkConditions(ctx, before);
        InputStream content = ctx.bodyInputStream();
        long length = ctx.req().getContentLengthLong();
        ObjectInfo stored;
        try {
            stored = conditional
                    ? objects()
                            .uploadIf(
                                    name,
                                    content,
                                    length,
                                    done -> {},
                                    before.map(ObjectInfo::version).orElse(null))
                    : objects().upload(name, content, length, done -> {});
        } catch (IOException e) {
            throw new Problem(HttpStatus.BAD_REQUEST, "incomplete-body", "the body ended early; nothing was stored");
        }
        ctx.status(before.isEmpty() ? HttpStatus.CREATED : HttpStatus.OK)
                .header("ETag", tag(stored))
                .contentType(Route.JSON);
        // not by ctx.json: when If-None-Match names the tag of what was just stored, Javalin would make a 304 of it
        ctx.res().getOutputStream().write(Json.text(Described.of(stored)).getBytes(StandardCharsets.UTF_8));
    }

    private void delete(Context ctx) {
        String name = name(ctx);
        ObjectInfo before = objects().stat(name).orElseThrow(ObjectRoutes::absent);
        if (!checkConditions(ctx, Optional.of(before))) {
            Stored unused = objects().delete(name);
        } else if (objects().deleteIf(name, before.version()) instanceof WriteResult.Conflict) {
            throw failed();
        }
        ctx.json(new Gone(true, name));
    }

    /** Whether there are conditions. That they still hold at the end of a long upload, the library sees to. */
    private static boolean checkConditions(Context ctx, Optional<ObjectInfo> before) {
        String match = ctx.header("If-Match");
        String none = ctx.header("If-None-Match");
        boolean holds = (match == null || before.map(info -> names(match, info)).orElse(false))
                && (none == null || before.map(info -> !names(none, info)).orElse(true));
        if (!holds) {
            throw failed();
        }
        return match != null || none != null;
    }

    private static String name(Context ctx) {
        return Input.of(ctx).need(NAME);
    }

    static String tag(ObjectInfo info) {
        return '"' + info.sha256() + '"';
    }

    private static boolean names(String tags, ObjectInfo info) {
        return Arrays.stream(tags.split(",", -1))
                .map(String::strip)
                .anyMatch(tag -> tag.equals("*") || tag.equals(tag(info)) || tag.equals("W/" + tag(info)));
    }

    private static Problem absent() {
        return new Problem(HttpStatus.NOT_FOUND, "absent", "there is no object of this name");
    }

    private static Problem failed() {
        return new Problem(
                HttpStatus.PRECONDITION_FAILED,
                "precondition-failed",
                "what is there is not as If-Match or If-None-Match want it");
    }
}
