package io.narthex.rules.groups.eval;

import io.narthex.api.alert.Alert;
import io.narthex.api.plugin.Current;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.Storage;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What all groups have in common.
 *
 * @param storage where samples are stored
 * @param engine evaluates expressions
 * @param ticks the time
 * @param metrics of all groups
 * @param templates of alerts
 * @param sink takes alerts; never an empty list; returns at once
 * @param watcher hears of changes of alerts
 * @param settings in force
 * @param externalUrl of this server, without a slash at its end
 * @param queryOffset of groups that do not say, as configured now
 * @param logged whether rules that fail are logged
 */
public record Surroundings(
    Current<Storage> storage,
    Current<QueryEngine> engine,
    Ticks ticks,
    RuleMetrics metrics,
    AlertTemplates templates,
    Consumer<List<Alert>> sink,
    AlertWatcher watcher,
    Supplier<EvaluationSettings> settings,
    Supplier<String> externalUrl,
    Supplier<Duration> queryOffset,
    boolean logged) {
  Queries queries() {
    return new Queries(storage, engine);
  }
}
