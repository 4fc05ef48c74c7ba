package io.narthex.api.discovery;

import io.narthex.api.Api;
import io.narthex.api.config.Configured;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import java.util.List;

/**
 * The label {@code __address__}: host and port, and no URL. Source: Prometheus 3.14, {@code
 * CheckTargetAddress}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class TargetAddress {
  /** The one mechanism that answers from the configuration at once. */
  private static final String STATIC = "static";

  private TargetAddress() {}

  /**
   * Refuses what looks like a URL.
   *
   * @throws IllegalArgumentException with Prometheus's message
   */
  public static void check(String address) {
    if (address.indexOf('/') >= 0) {
      throw new IllegalArgumentException(Quoting.quote(address) + " is not a valid hostname");
    }
  }

  /**
   * Refuses URLs among the targets of {@code static_configs}; other mechanisms are not asked.
   *
   * @throws IllegalArgumentException with Prometheus's message
   */
  public static void checkStatic(
      List<? extends Configured<? extends DiscoveryProvider<?>>> configurations,
      DiscoveryContext context) {
    for (Configured<? extends DiscoveryProvider<?>> configuration : configurations) {
      if (!configuration.provider().name().equals(STATIC)) {
        continue;
      }
      try {
        DiscoveryProvider.create(configuration, context).run(new Check());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
      }
    }
  }

  private static final class Check implements TargetSink {
    @Override
    public void update(List<TargetGroup> groups) {
      for (TargetGroup group : groups) {
        for (Labels target : group.targets()) {
          check(target.get(LabelNames.ADDRESS));
        }
      }
    }

    @Override
    public void failing(String reason) {
      throw new IllegalArgumentException(reason);
    }
  }
}
