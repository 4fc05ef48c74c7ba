package io.narthex.alerting.sender;

import io.narthex.api.alert.Alert;
import io.narthex.api.config.Configured;
import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.discovery.DiscoverySupervisor;
import io.narthex.api.discovery.TargetAddress;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NameScheme;
import io.narthex.api.relabel.Relabeller;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Alertmanagers of one item of {@code alertmanagers}: those that its discoveries have found
 * now, each with a queue of its own. Safe for any number of threads.
 */
final class AlertmanagerSet {
  private static final Logger LOG = LoggerFactory.getLogger(AlertmanagerSet.class);
  private static final String PATH_LABEL = "__alerts_path__";

  /** In the authority of a URL. */
  private static final Pattern PASSWORD = Pattern.compile("^([^:/]*://[^:/@]*):[^/]*@");

  /** For how long changes of targets are gathered at most. */
  private static final Duration GATHERING = Duration.ofSeconds(5);

  /** How long the queue of an Alertmanager that is gone may take to be sent. */
  private static final Duration DRAINING = Duration.ofSeconds(30);

  /**
   * What tells sets apart: equal ones go on over a reload, wherever they stand in the list.
   *
   * @param directory where relative names start
   */
  record Key(AlertmanagerConfig config, Path directory, NameScheme names) {}

  private final String name;
  private final Key key;
  private final HttpCaller caller;
  private final Relabeller targetRelabeller;
  private final Relabeller alertRelabeller;

  /** Guarded by this, as are those below. */
  private Map<String, AlertQueue> queues = new LinkedHashMap<>();

  private List<String> dropped = List.of();
  private @Nullable DiscoverySupervisor supervisor;
  private @Nullable SendingConfig settings;
  private @Nullable SendingMetrics metrics;
  private boolean ended;

  /**
   * Makes a set that does nothing yet.
   *
   * @param name in logs: {@code config-0} and so on, as it stood when it was made
   * @param caller closed with the set
   */
  AlertmanagerSet(String name, Key key, HttpCaller caller) {
    this.name = name;
    this.key = key;
    this.caller = caller;
    targetRelabeller = Relabeller.of(key.config().relabelConfigs(), key.names());
    alertRelabeller = Relabeller.of(key.config().alertRelabelConfigs(), key.names());
  }

  Key key() {
    return key;
  }

  /** Begins to look for Alertmanagers. */
  void start(SendingConfig sending, SendingMetrics counts) {
    List<Configured<DiscoveryProvider<?>>> discovery = key.config().discovery();
    DiscoverySupervisor starting =
        new DiscoverySupervisor(name, key.directory(), GATHERING, this::sync);
    ready(sending, counts);
    synchronized (this) {
      supervisor = starting;
    }
    starting.run(discovery);
  }

  /** Says how queues are made. */
  synchronized void ready(SendingConfig sending, SendingMetrics counts) {
    settings = sending;
    metrics = counts;
  }

  synchronized @Nullable DiscoverySupervisor supervisor() {
    return supervisor;
  }

  /** Takes over what was discovered. */
  void sync(List<TargetGroup> groups) {
    Map<String, URI> active = new LinkedHashMap<>();
    List<String> without = new ArrayList<>();
    for (TargetGroup group : groups) {
      try {
        Map<String, URI> ofGroup = new LinkedHashMap<>();
        List<String> droppedOfGroup = new ArrayList<>();
        resolve(group, ofGroup, droppedOfGroup);
        ofGroup.forEach(active::putIfAbsent);
        without.addAll(droppedOfGroup);
      } catch (IllegalArgumentException e) {
        LOG.atError()
            .setMessage("Creating discovered Alertmanagers failed")
            .addKeyValue("config", name)
            .addKeyValue("group", group.source())
            .addKeyValue("err", e.getMessage())
            .log();
      }
    }
    List<AlertQueue> gone = new ArrayList<>();
    synchronized (this) {
      if (ended || settings == null || metrics == null) {
        return;
      }
      SendingConfig sending = settings;
      SendingMetrics counts = metrics;
      Map<String, AlertQueue> now = new LinkedHashMap<>();
      Map<String, AlertQueue> before = queues;
      active.forEach((text, url) -> {
        AlertQueue known = before.remove(text);
        now.put(
            text,
            known != null
                ? known
                : new AlertQueue(
                    shown(text),
                    new HttpDelivery(caller, url, key.config().timeout()),
                    sending,
                    counts));
      });
      gone.addAll(before.values());
      queues = now;
      dropped = List.copyOf(without);
    }
    end(gone);
  }

  private void resolve(TargetGroup group, Map<String, URI> active, List<String> without) {
    for (Labels target : group.targets()) {
      Labels.Builder labels = target.toBuilder();
      labels.set(LabelNames.SCHEME, key.config().scheme());
      labels.set(PATH_LABEL, path(key.config().pathPrefix()));
      // So a group may say another scheme or path, and a target may not: as upstream.
      group
          .labels()
          .forEach((name, value) -> {
            if (target.get(name).isEmpty()) {
              labels.set(name, value);
            }
          });
      Labels discovered = labels.build();
      if (!targetRelabeller.apply(labels)) {
        without.add(shown(text(discovered)));
        continue;
      }
      TargetAddress.check(labels.get(LabelNames.ADDRESS));
      URI url = url(labels.build());
      active.putIfAbsent(url.toString(), url);
    }
  }

  /** The path of the endpoint, cleaned as Go's {@code path.Join} does. */
  static String path(String prefix) {
    ArrayList<String> parts = new ArrayList<>();
    for (String part : (prefix + "/api/v2/alerts").split("/")) {
      if (part.equals("..")) {
        if (!parts.isEmpty()) {
          parts.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return "/" + String.join("/", parts);
  }

  /** What a dropped one is shown as, which need not be a URL: that may be why it is dropped. */
  private static String text(Labels labels) {
    try {
      return url(labels).toString();
    } catch (IllegalArgumentException e) {
      return labels.get(LabelNames.SCHEME)
          + "://"
          + labels.get(LabelNames.ADDRESS)
          + labels.get(PATH_LABEL);
    }
  }

  /** For logs, metrics and the API: with {@code xxxxx} for a password, as Go redacts URLs. */
  private static String shown(String url) {
    return PASSWORD.matcher(url).replaceFirst("$1:xxxxx@");
  }

  private static URI url(Labels labels) {
    String path = labels.get(PATH_LABEL);
    try {
      URI url =
          new URI(
              labels.get(LabelNames.SCHEME),
              labels.get(LabelNames.ADDRESS),
              path.isEmpty() || path.startsWith("/") ? path : "/" + path,
              null,
              null);
      return URI.create(url.toASCIIString());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("cannot make a URL: " + e.getMessage(), e);
    }
  }

  /** Queues alerts for all that are there now. */
  synchronized void send(List<Alert> alerts) {
    if (queues.isEmpty()) {
      return;
    }
    List<Alert> relabelled =
        alertRelabeller.isEmpty()
            ? alerts
            : AlertSender.relabelled(alerts, Labels.empty(), alertRelabeller);
    if (!relabelled.isEmpty()) {
      queues.values().forEach(queue -> queue.add(relabelled));
    }
  }

  /** URLs that alerts are posted to. */
  synchronized List<String> active() {
    return queues.keySet().stream().map(AlertmanagerSet::shown).toList();
  }

  /** URLs of those that relabelling dropped. */
  synchronized List<String> dropped() {
    return dropped;
  }

  /** Sends the rest in the background and closes the client then. */
  void retire() {
    List<AlertQueue> gone = stop();
    Thread.ofVirtual()
        .name("alerts-retiring")
        .start(() -> {
          AlertQueue.await(gone, System.nanoTime() + DRAINING.toNanos());
          caller.close();
        });
  }

  /** Looks for no more Alertmanagers and takes no more alerts; what waits is still sent. */
  List<AlertQueue> stop() {
    List<AlertQueue> gone;
    DiscoverySupervisor closing;
    synchronized (this) {
      ended = true;
      gone = new ArrayList<>(queues.values());
      queues = new LinkedHashMap<>();
      closing = supervisor;
      supervisor = null;
    }
    if (closing != null) {
      closing.close();
    }
    gone.forEach(AlertQueue::end);
    return gone;
  }

  /** Closes the client; call it when the queues have ended. */
  void close() {
    caller.close();
  }

  private static void end(List<AlertQueue> gone) {
    if (gone.isEmpty()) {
      return;
    }
    gone.forEach(AlertQueue::end);
    Thread.ofVirtual()
        .name("alerts-retiring")
        .start(() -> AlertQueue.await(gone, System.nanoTime() + DRAINING.toNanos()));
  }
}
