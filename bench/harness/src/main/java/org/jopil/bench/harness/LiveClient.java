// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Instant;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A client of {@code /ws} on all topics, as the page is one. */
final class LiveClient implements WebSocket.Listener, AutoCloseable {
    /** A message and when it was here, epoch ns. */
    record Message(String type, JsonNode data, long receivedNs) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    private final StringBuilder text = new StringBuilder();
    private final Consumer<Message> messages;
    private final WebSocket socket;

    /** {@code messages} is called on the client's thread. */
    LiveClient(HttpClient http, URI uri, String token, Consumer<Message> messages) {
        this.messages = messages;
        socket = http.newWebSocketBuilder()
                .header("Authorization", "Bearer " + token)
                .buildAsync(uri, this)
                .join();
    }

    /** Up to {@code rate} packets a second. */
    void subscribe(int rate) {
        socket.sendText(
                        "{\"type\":\"subscribe\",\"topics\":[\"packets\",\"stats\",\"flows\"],\"rate\":" + rate + "}",
                        true)
                .join();
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            Instant now = Instant.now();
            String whole = text.toString();
            text.setLength(0);
            try {
                JsonNode message = JSON.readTree(whole);
                messages.accept(new Message(
                        message.path("type").asText(),
                        message.path("data"),
                        now.getEpochSecond() * 1_000_000_000 + now.getNano()));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("not JSON: " + whole, e);
            }
        }
        webSocket.request(1);
        return null;
    }

    @Override
    public void close() {
        socket.abort();
    }
}
