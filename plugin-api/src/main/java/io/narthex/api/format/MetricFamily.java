package io.narthex.api.format;

import io.narthex.api.Api;
import io.narthex.api.model.MetricType;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of one name, as client libraries exchange them: a histogram or a summary is one
 * metric here and not several series. For tools that look at a whole exposition at once; a scrape
 * reads series ({@link ExpositionReader}).
 *
 * @param name as exposed, without the suffixes of a histogram's or summary's series
 * @param help empty when there is none
 * @param type {@link MetricType#UNKNOWN} for what the text format calls untyped
 * @param metrics in the order of the exposition; two may have the same labels
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record MetricFamily(String name, String help, MetricType type, List<Metric> metrics) {
  public MetricFamily {
    Objects.requireNonNull(name);
    Objects.requireNonNull(help);
    Objects.requireNonNull(type);
    metrics = List.copyOf(metrics);
  }

  /**
   * A label. Its value may be empty, which says more here than no label: that the label is not to
   * be given another value.
   *
   * @since 0.1
   */
  public record Label(String name, String value) {
    /** Another in each process: whoever chooses names cannot choose ones whose hashes clash. */
    private static final int SEED = new SecureRandom().nextInt() | 1;

    public Label {
      Objects.requireNonNull(name);
      Objects.requireNonNull(value);
    }

    @Override
    public int hashCode() {
      return hash(hash(SEED, name) ^ '=', value);
    }

    private static int hash(int from, String text) {
      int h = from;
      for (int i = 0; i < text.length(); i++) {
        h = (h ^ text.charAt(i)) * SEED;
        h ^= h >>> 15;
      }
      return h;
    }
  }

  /**
   * A metric.
   *
   * @param labels in the order of the exposition, without {@code le} of a histogram and {@code
   *     quantile} of a summary
   * @param value of whatever kind was exposed, which the type of the family need not agree with
   *     where the format says both
   * @param timestamp milliseconds since the epoch; null when none was exposed
   * @since 0.1
   */
  public record Metric(List<Label> labels, Value value, @Nullable Long timestamp) {
    public Metric {
      labels = List.copyOf(labels);
      Objects.requireNonNull(value);
    }
  }

  /**
   * What a metric measured.
   *
   * @since 0.1
   */
  public sealed interface Value permits Counter, Gauge, Untyped, Summary, Histogram {}

  /**
   * A counter's.
   *
   * @since 0.1
   */
  public record Counter(double value) implements Value {}

  /**
   * A gauge's.
   *
   * @since 0.1
   */
  public record Gauge(double value) implements Value {}

  /**
   * One of no known type.
   *
   * @since 0.1
   */
  public record Untyped(double value) implements Value {}

  /**
   * A summary's.
   *
   * @param count of observations
   * @param sum of observations
   * @param quantiles in the order of the exposition
   * @since 0.1
   */
  public record Summary(long count, double sum, List<Quantile> quantiles) implements Value {
    public Summary {
      quantiles = List.copyOf(quantiles);
    }
  }

  /**
   * A quantile of a summary.
   *
   * @param quantile 0..1, or whatever was exposed
   * @since 0.1
   */
  public record Quantile(double quantile, double value) {}

  /**
   * A classic histogram's, or a gauge histogram's.
   *
   * @param count of observations; whole but for histograms of floats
   * @param sum of observations
   * @param buckets in the order of the exposition; the infinite one may be missing
   * @since 0.1
   */
  public record Histogram(double count, double sum, List<Bucket> buckets) implements Value {
    public Histogram {
      buckets = List.copyOf(buckets);
    }
  }

  /**
   * A bucket of a classic histogram.
   *
   * @param upperBound inclusive
   * @param cumulativeCount of the observations up to the bound
   * @since 0.1
   */
  public record Bucket(double upperBound, double cumulativeCount) {}
}
