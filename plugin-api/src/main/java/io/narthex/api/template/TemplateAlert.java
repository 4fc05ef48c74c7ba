package io.narthex.api.template;

import io.narthex.api.Api;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An alert, as notification templates know it.
 *
 * @param status {@code firing} or {@code resolved}
 * @param labels null for none at all
 * @param annotations null for none at all
 * @param startsAt when it began to fire
 * @param endsAt when it ended; {@link #NEVER} while that is not known
 * @param generatorURL where it comes from
 * @param fingerprint of its labels
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record TemplateAlert(
    String status,
    @Nullable TemplateKv labels,
    @Nullable TemplateKv annotations,
    Instant startsAt,
    Instant endsAt,
    String generatorURL,
    String fingerprint)
    implements TemplateObject {
  /** The time that templates take for none. */
  public static final Instant NEVER = Instant.parse("0001-01-01T00:00:00Z");

  @Override
  public String type() {
    return "template.Alert";
  }

  @Override
  public boolean tagged() {
    return true;
  }
}
