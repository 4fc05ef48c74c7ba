package io.narthex.alerting.sender.aws;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.http.HttpCaller;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The signatures that AWS publishes: its Signature Version 4 test suite, and its examples. */
class SignerTest {
  private static final Instant NOW = Instant.parse("2015-08-30T12:36:00Z");
  private static final Credentials EXAMPLE =
      new Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "");

  private static HttpCaller.Request signed(
      String service, String method, String url, Map<String, String> headers, String body) {
    return new Signer("us-east-1", service)
        .sign(
            new HttpCaller.Request(
                method,
                URI.create(url),
                headers,
                body.isEmpty() ? null : body.getBytes(StandardCharsets.UTF_8),
                Duration.ofSeconds(1)),
            EXAMPLE,
            NOW);
  }

  private static String authorization(String headers, String signature) {
    return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
        + " SignedHeaders="
        + headers
        + ", Signature="
        + signature;
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "get-vanilla, GET, /, 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "post-vanilla, POST, /, 5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    "get-relative, GET, /example/..,"
        + " 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "get-slash-dot-slash, GET, /./,"
        + " 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "get-slash, GET, //, 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "get-unreserved, GET,"
        + " /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz,"
        + " 07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    "get-vanilla-query-order-key-case, GET, /?Param2=value2&Param1=value1,"
        + " b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  })
  void signsAsTheTestSuiteDoes(String name, String method, String path, String signature) {
    assertThat(
            signed("service", method, "https://example.amazonaws.com" + path, Map.of(), "")
                .headers())
        .containsOnly(
            Map.entry("X-Amz-Date", "20150830T123600Z"),
            Map.entry("Authorization", authorization("host;x-amz-date", signature)));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "\"value2,value2,value1\","
            + " c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        "\"value1,value2,value3\","
            + " ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790",
      })
  void signsFurtherHeaders(String value, String signature) {
    assertThat(
            signed(
                    "service",
                    "GET",
                    "https://example.amazonaws.com:443/",
                    Map.of("My-Header1", value),
                    "")
                .headers())
        .containsEntry("Authorization", authorization("host;my-header1;x-amz-date", signature));
  }

  @Test
  void signsTheBody() {
    assertThat(
            signed(
                    "service",
                    "POST",
                    "https://example.amazonaws.com/",
                    Map.of("Content-Type", "application/x-www-form-urlencoded"),
                    "Param1=value1")
                .headers())
        .containsEntry(
            "Authorization",
            authorization(
                "content-type;host;x-amz-date",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"));
  }

  /** AWS General Reference, "Signing AWS requests". */
  @Test
  void signsTheExampleOfTheReference() {
    assertThat(
            signed(
                    "iam",
                    "GET",
                    "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
                    Map.of("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
                    "")
                .headers()
                .get("Authorization"))
        .endsWith("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
  }

  @Test
  void aSessionTokenIsSentAndSigned() {
    HttpCaller.Request request =
        new Signer("eu-west-1", "aps")
            .sign(
                HttpCaller.Request.get(URI.create("http://a:8080/x"), Duration.ofSeconds(1)),
                new Credentials("key", "secret", "token"),
                NOW);

    assertThat(request.headers())
        .containsEntry("X-Amz-Security-Token", "token")
        .hasEntrySatisfying(
            "Authorization",
            value ->
                assertThat(value).contains("SignedHeaders=host;x-amz-date;x-amz-security-token"));
  }

  @ParameterizedTest
  @CsvSource({
    "http://a:8080, http://a:8080/",
    "http://a//b/./c/../d/?x=1&y, http://a/b/d?x=1&y",
    "https://a/b%20c, https://a/b%20c",
  })
  void sendsTheCleanPathThatItSigned(String url, String sent) {
    assertThat(signed("aps", "GET", url, Map.of(), "").uri()).hasToString(sent);
  }
}
