package io.narthex.ingest.scrape;

import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * What is wrong with a target at present. A trouble is logged when it begins and when it is over,
 * not at each scrape: how often it happens is what metrics are for. Not safe for several threads.
 */
final class Troubles {
  /** What can be wrong with a target besides that it cannot be scraped. */
  enum Kind {
    OUT_OF_ORDER("Error on ingesting out-of-order samples"),
    DUPLICATES("Error on ingesting samples with different value but same timestamp"),
    OUT_OF_BOUNDS("Error on ingesting samples that are too old or are too far into the future"),
    EXEMPLARS("Error on ingesting out-of-order exemplars"),
    STORING("Scrape could not be stored"),
    UNEXPECTED("Scrape failed for a reason that is a mistake of this program");

    private final String message;

    Kind(String message) {
      this.message = message;
    }
  }

  private final Logger log;
  private final Set<Kind> present = EnumSet.noneOf(Kind.class);

  Troubles(Logger log) {
    this.log = log;
  }

  /** Goes on where another loop for the same target has ended. */
  void takeOver(Troubles before) {
    present.addAll(before.present);
  }

  /** Notes a trouble; the result logs it, if that is called for. */
  LoggingEventBuilder present(Kind kind) {
    return (present.add(kind) ? log.atWarn() : log.atDebug()).setMessage(kind.message);
  }

  /** Notes that there is no such trouble; the result logs that, if that is called for. */
  LoggingEventBuilder over(Kind kind) {
    // The builder for trace is one that does nothing, unless that level is on.
    return (present.remove(kind) ? log.atInfo() : log.atTrace())
        .setMessage("Over: " + kind.message);
  }
}
