package io.narthex.alerting.sender.aws;

import io.narthex.api.config.Secret;
import io.narthex.api.http.HttpCaller;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of a role, which Amazon's STS gives for a quarter of an hour at a time. Source:
 * AWS, STS API reference, {@code AssumeRole}. Safe for any number of threads; who needs credentials
 * waits for them.
 */
final class AssumedRole {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int ANSWER = 64 << 10;

  /** How long before they expire credentials are asked for anew. */
  private static final Duration EARLY = Duration.ofSeconds(30);

  private final SigV4Config config;
  private final Signer signer;
  private final Credentials own;
  private final URI endpoint;
  private final HttpCaller caller;
  private final InstantSource clock;

  /** Guarded by this. */
  private @Nullable Credentials known;

  /**
   * Makes one that has asked for nothing yet.
   *
   * @param own who may assume the role
   * @param endpoint of STS
   */
  AssumedRole(
      SigV4Config config,
      String region,
      Credentials own,
      URI endpoint,
      HttpCaller caller,
      InstantSource clock) {
    this.config = config;
    this.own = own;
    this.endpoint = endpoint;
    this.caller = caller;
    this.clock = clock;
    signer = new Signer(region, "sts");
  }

  /** Where roles are assumed in a region. */
  static URI endpoint(String region, boolean fips) {
    // In the regions of the government all endpoints obey FIPS, under the usual name.
    String host = fips && !region.startsWith("us-gov-") ? "sts-fips." : "sts.";
    String domain = region.startsWith("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
    return URI.create("https://" + host + region + domain + "/");
  }

  /** Credentials that are valid for a while. */
  synchronized Credentials credentials() throws IOException, InterruptedException {
    Credentials present = known;
    if (present == null || !clock.instant().isBefore(present.expiration().minus(EARLY))) {
      present = ask();
      known = present;
    }
    return present;
  }

  private Credentials ask() throws IOException, InterruptedException {
    HttpCaller.Request request =
        new HttpCaller.Request(
            "POST",
            endpoint,
            Map.of("Content-Type", "application/x-www-form-urlencoded"),
            form().getBytes(StandardCharsets.UTF_8),
            TIMEOUT);
    try (HttpCaller.Response response = caller.send(signer.sign(request, own, clock.instant()))) {
      byte[] answer;
      try (InputStream body = response.body()) {
        answer = body.readNBytes(ANSWER);
      }
      Map<String, String> fields = fields(answer);
      if (response.status() != 200) {
        // Of an error STS says a code and a sentence, none of which holds a secret.
        throw failed(
            "status "
                + response.status()
                + ", "
                + fields.getOrDefault("Code", "without a code")
                + ": "
                + fields.getOrDefault("Message", ""));
      }
      String key = fields.getOrDefault("AccessKeyId", "");
      String secret = fields.getOrDefault("SecretAccessKey", "");
      String token = fields.getOrDefault("SessionToken", "");
      if (key.isEmpty() || secret.isEmpty() || token.isEmpty()) {
        throw failed("the answer has no credentials");
      }
      return new Credentials(
          key,
          Secret.of(secret),
          Secret.of(token),
          Instant.parse(fields.getOrDefault("Expiration", "")));
    } catch (DateTimeParseException e) {
      throw failed("the answer does not say when the credentials expire");
    }
  }

  private IOException failed(String reason) {
    return new IOException(
        "error retrieving credentials: assume role at " + endpoint.getHost() + ": " + reason);
  }

  private String form() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("Action", "AssumeRole");
    fields.put("Version", "2011-06-15");
    fields.put("RoleArn", config.roleArn());
    fields.put(
        "RoleSessionName",
        config.sessionName().isEmpty()
            ? "narthex-" + clock.instant().toEpochMilli()
            : config.sessionName());
    fields.put("DurationSeconds", "900");
    if (!config.externalId().isEmpty()) {
      fields.put("ExternalId", config.externalId());
    }
    int n = 0;
    for (Map.Entry<String, String> tag : new TreeMap<>(config.tags()).entrySet()) {
      n++;
      fields.put("Tags.member." + n + ".Key", tag.getKey());
      fields.put("Tags.member." + n + ".Value", tag.getValue());
    }
    StringBuilder form = new StringBuilder();
    fields.forEach((name, value) ->
        form.append(form.isEmpty() ? "" : "&")
            .append(name)
            .append('=')
            .append(Signer.escape(value, false)));
    return form.toString();
  }

  /** The texts of a document by the names of their elements, the first of each. */
  private Map<String, String> fields(byte[] document) throws IOException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    Map<String, String> fields = new HashMap<>();
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(document));
      String element = "";
      while (reader.hasNext()) {
        switch (reader.next()) {
          case XMLStreamConstants.START_ELEMENT -> element = reader.getLocalName();
          case XMLStreamConstants.CHARACTERS -> {
            if (!reader.isWhiteSpace()) {
              fields.putIfAbsent(element, reader.getText().strip());
            }
          }
          case XMLStreamConstants.END_ELEMENT -> element = "";
          default -> {}
        }
      }
    } catch (XMLStreamException e) {
      // Its message may have a piece of the document.
      throw failed("the answer is no XML");
    }
    return fields;
  }
}
