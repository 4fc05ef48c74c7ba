package io.narthex.api.format;

import io.narthex.api.Api;
import java.util.List;
import org.pf4j.ExtensionPoint;

/**
 * Understands one family of content types of scraped targets. Stateless; safe for any number of
 * threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface ExpositionFormat extends ExtensionPoint {
  /**
   * The protocols it reads, as {@code scrape_protocols} names them ({@code PrometheusText0.0.4}),
   * best first.
   */
  List<Protocol> protocols();

  /**
   * Starts reading an exposition.
   *
   * @param protocol one of {@link #protocols}
   * @param data the body, uncompressed; shared and to be left alone by both sides until reading has
   *     ended
   * @param length the number of bytes that count, from index 0
   * @param options what the scrape asks for
   */
  ExpositionReader open(Protocol protocol, byte[] data, int length, ExpositionOptions options);

  /**
   * A protocol.
   *
   * @param name as in {@code scrape_protocols}
   * @param mediaType as {@code Accept} and {@code Content-Type} name it, with the parameters that
   *     tell it from others: {@code text/plain;version=0.0.4}
   * @since 0.1
   */
  record Protocol(String name, String mediaType) {}
}
