package ai.primespark.core.auth.store;

import ai.primespark.Secret;
import ai.primespark.auth.User;
import ai.primespark.spi.UserStore.Account;
import ai.primespark.spi.UserStore.Session;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Accounts and sessions as JSON, written and read token by token: a data binder would take longer to load than the rest of a start.
 * Fields that are not known are passed over, so that an older version can read what a newer one wrote. Messages hold nothing of
 * what was read.
 */
final class StoreJson {

    private static final int FORMAT = 1;
    private static final JsonFactory JSON = new JsonFactory();

    private StoreJson() {}

    /** What was read; of more than one file, if there are more. */
    record Content(List<Account> accounts, List<Session> sessions) {
        Content() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    private interface Body {
        void write(JsonGenerator json) throws IOException;
    }

    static byte[] accounts(Iterable<Account> accounts) {
        return document("accounts", json -> {
            for (Account account : accounts) {
                write(json, account);
            }
        });
    }

    static byte[] sessions(Iterable<Session> sessions) {
        return document("sessions", json -> {
            for (Session session : sessions) {
                write(json, session);
            }
        });
    }

    private static byte[] document(String name, Body body) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1_024);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeNumberField("format", FORMAT);
            json.writeArrayFieldStart(name);
            body.write(json);
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("an array of bytes cannot fail", e);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, Account account) throws IOException {
        User user = account.user();
        json.writeStartObject();
        json.writeStringField("username", user.username());
        json.writeArrayFieldStart("roles");
        for (String role : user.roles().stream().sorted().toList()) {
            json.writeString(role);
        }
        json.writeEndArray();
        json.writeBooleanField("active", user.active());
        json.writeStringField("createdAt", user.createdAt().toString());
        json.writeStringField("passwordChangedAt", user.passwordChangedAt().toString());
        json.writeStringField("passwordHash", account.passwordHash().reveal());
        json.writeNumberField("version", account.version());
        json.writeEndObject();
        json.writeRaw('\n');
    }

    private static void write(JsonGenerator json, Session session) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", session.id());
        json.writeStringField("username", session.username());
        json.writeStringField("createdAt", session.createdAt().toString());
        json.writeStringField("passwordChangedAt", session.passwordChangedAt().toString());
        json.writeStringField("refreshHash", session.refreshHash().reveal());
        json.writeStringField("expiresAt", session.expiresAt().toString());
        json.writeNumberField("version", session.version());
        json.writeEndObject();
        json.writeRaw('\n');
    }

    /**
     * Reads a document.
     *
     * @throws IOException when it is damaged or of a format that is not known
     */
    static void read(byte[] bytes, Content into) throws IOException {
        try (JsonParser json = JSON.createParser(bytes)) {
            boolean known = false;
            expect(json.nextToken() == JsonToken.START_OBJECT);
            while (json.nextToken() != JsonToken.END_OBJECT) {
                expect(json.currentToken() == JsonToken.FIELD_NAME);
                String name = json.currentName();
                JsonToken value = json.nextToken();
                if (name.equals("format")) {
                    known = value == JsonToken.VALUE_NUMBER_INT && json.getIntValue() == FORMAT;
                    if (!known) {
                        throw new IOException("a newer version wrote it; upgrade this one");
                    }
                } else if (name.equals("accounts") || name.equals("sessions")) {
                    expect(known && value == JsonToken.START_ARRAY);
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        take(name.equals("accounts"), fields(json), into);
                    }
                    expect(json.currentToken() == JsonToken.END_ARRAY);
                } else {
                    json.skipChildren();
                }
            }
            expect(known && json.nextToken() == null);
        } catch (com.fasterxml.jackson.core.JacksonException | DateTimeParseException | IllegalArgumentException e) {
            throw damaged(); // their messages quote what was read
        }
    }

    private static void take(boolean account, Fields fields, Content into) throws IOException {
        if (account) {
            User user = new User(
                    fields.text("username"),
                    fields.texts("roles"),
                    fields.bool("active"),
                    Instant.parse(fields.text("createdAt")),
                    Instant.parse(fields.text("passwordChangedAt")));
            into.accounts().add(new Account(user, Secret.of(fields.text("passwordHash")), fields.number("version")));
        } else {
            into.sessions()
                    .add(new Session(
                            fields.text("id"),
                            fields.text("username"),
                            Instant.parse(fields.text("createdAt")),
                            Instant.parse(fields.text("passwordChangedAt")),
                            Secret.of(fields.text("refreshHash")),
                            Instant.parse(fields.text("expiresAt")),
                            fields.number("version")));
        }
    }

    /** One object's fields by name: texts, numbers, booleans and sets of texts. */
    private record Fields(Map<String, Object> values) {

        String text(String name) throws IOException {
            return need(name, String.class);
        }

        boolean bool(String name) throws IOException {
            return need(name, Boolean.class);
        }

        long number(String name) throws IOException {
            return need(name, Long.class);
        }

        @SuppressWarnings("unchecked") // there are no other sets
        Set<String> texts(String name) throws IOException {
            return (Set<String>) need(name, Set.class);
        }

        private <T> T need(String name, Class<T> type) throws IOException {
            Object value = values.get(name);
            if (!type.isInstance(value)) {
                throw damaged();
            }
            return type.cast(value);
        }
    }

    private static Fields fields(JsonParser json) throws IOException {
        Map<String, Object> values = new HashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            expect(json.currentToken() == JsonToken.FIELD_NAME);
            String name = json.currentName();
            Object value = value(json, json.nextToken());
            if (value != null) {
                values.put(name, value);
            }
        }
        return new Fields(values);
    }

    private static @Nullable Object value(JsonParser json, JsonToken token) throws IOException {
        return switch (token) {
            case VALUE_STRING -> json.getText();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_ARRAY -> {
                Set<String> texts = new HashSet<>();
                while (json.nextToken() == JsonToken.VALUE_STRING) {
                    texts.add(json.getText());
                }
                expect(json.currentToken() == JsonToken.END_ARRAY);
                yield texts;
            }
            default -> {
                json.skipChildren();
                yield null;
            }
        };
    }

    private static void expect(boolean right) throws IOException {
        if (!right) {
            throw damaged();
        }
    }

    private static IOException damaged() {
        return new IOException("it is damaged");
    }
}
