package io.narthex.rules.groups.eval;

import io.narthex.api.alert.RulesView;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.service.Ticks;
import io.narthex.rules.groups.file.RuleDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A rule with its state. Evaluated by one thread at a time; read by any number. */
abstract sealed class Rule permits RecordingRule, AlertingRule {
  /** How a rule fared. */
  enum Health {
    UNKNOWN,
    OK,
    ERR;

    /** As Prometheus writes it. */
    @Override
    public String toString() {
      return switch (this) {
        case UNKNOWN -> "unknown";
        case OK -> "ok";
        case ERR -> "err";
      };
    }
  }

  /**
   * The last evaluation.
   *
   * @param at wall clock, nanoseconds since the epoch; 0 before the first
   * @param took nanoseconds
   */
  record Status(Health health, String lastError, long at, long took) {
    static final Status NEW = new Status(Health.UNKNOWN, "", 0, 0);
  }

  /**
   * An evaluation that is due.
   *
   * @param time of the group's schedule, nanoseconds since the epoch
   * @param queryOffset nanoseconds
   * @param limit of series or alerts; 0 or less for any number
   * @param options of its queries
   */
  record Due(long time, long queryOffset, int limit, QueryOptions options) {
    /** What expressions are evaluated at and samples are stored with, in milliseconds. */
    long queryTime() {
      return Math.floorDiv(time - queryOffset, 1_000_000L);
    }
  }

  final RuleDefinition definition;
  final WrittenSeries written;
  private volatile Status status = Status.NEW;

  Rule(RuleDefinition definition, WrittenSeries written) {
    this.definition = definition;
    this.written = written;
  }

  /**
   * Evaluates it.
   *
   * @return what is to be stored
   */
  abstract Vector evaluate(Due due, Queries queries) throws RuleFailure;

  final Status status() {
    return status;
  }

  final void status(Status next) {
    status = next;
  }

  /** What it is matched by with a rule of before a reload. */
  final Object identity() {
    return List.of(definition.alerting(), definition.name(), definition.labels());
  }

  /** As pages show it. */
  abstract RulesView.Rule view();

  final RulesView.Rule view(List<RulesView.ActiveAlert> alerts) {
    Status last = status;
    return new RulesView.Rule(
        definition.name(),
        definition.alerting(),
        definition.query(),
        definition.holdFor(),
        definition.keepFiringFor(),
        definition.labels(),
        definition.annotations(),
        alerts,
        last.health().toString(),
        last.lastError(),
        last.at() == 0 ? Optional.empty() : Optional.of(Ticks.instant(last.at())),
        Duration.ofNanos(last.took()));
  }
}
