package io.narthex.api.discovery;

import io.narthex.api.Api;
import io.narthex.api.config.Configured;
import io.narthex.api.model.Labels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Runs the discoverers of one pool of targets, each on a virtual thread of its own, and hands all
 * their groups together to a receiver.
 *
 * <p>Changes are handed over at once, or half a second after those before them. Where the receiver
 * takes its time, they are gathered for nine times as long as it took, up to an interval: a source
 * that changes without cease costs a tenth of a core at most, and small pools stay current all the
 * same. A discoverer that throws is run anew after a pause that doubles from one second to one
 * minute; what it found before stays, and its reason is among {@link #failures}. When the
 * configuration changes, discoverers of unchanged configurations go on, and the groups of those
 * that ended stay until one of the new ones has spoken.
 *
 * <p>Safe for any number of threads. The receiver is called by one thread at a time.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class DiscoverySupervisor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DiscoverySupervisor.class);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /** For how long changes are gathered at least. */
  private static final Duration GATHERING = Duration.ofMillis(500);

  /** Changes are gathered for so many times as long as the receiver took for those before. */
  private static final int REST = 9;

  /** So many reasons of one discoverer are kept: of thousands of files each may have one. */
  private static final int MOST_REASONS = 20;

  /** Waits; tests wait in a time of their own. */
  interface Pauses {
    void pause(Duration duration) throws InterruptedException;
  }

  private final DiscoveryContext context;
  private final Duration interval;
  private final Consumer<List<TargetGroup>> receiver;
  private final Pauses pauses;
  private final LongSupplier nanos;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Guarded by {@link #lock}, as is what they hold. */
  private List<Source> sources = new ArrayList<>();

  /** Groups of discoverers that have ended, until one of the new ones has spoken. */
  private List<TargetGroup> leftOver = List.of();

  private boolean dirty;

  /** Whether the receiver has been told anything yet. */
  private boolean told;

  private boolean closed;
  private @Nullable Thread messenger;
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong delivered = new AtomicLong();

  /**
   * Makes a supervisor that runs nothing yet.
   *
   * @param interval for how long changes are gathered at most while they do not cease, however long
   *     the receiver takes for them
   * @param receiver takes all groups of all discoverers; what it throws is logged
   */
  public DiscoverySupervisor(
      String pool, Path baseDirectory, Duration interval, Consumer<List<TargetGroup>> receiver) {
    this(
        new DiscoveryContext(pool, baseDirectory),
        interval,
        receiver,
        Thread::sleep,
        System::nanoTime);
  }

  DiscoverySupervisor(
      DiscoveryContext context,
      Duration interval,
      Consumer<List<TargetGroup>> receiver,
      Pauses pauses,
      LongSupplier nanos) {
    this.context = context;
    this.interval = Objects.requireNonNull(interval);
    this.receiver = Objects.requireNonNull(receiver);
    this.pauses = pauses;
    this.nanos = nanos;
  }

  /**
   * Runs exactly these discoverers from now on. The first call starts the supervisor. Without any
   * discoverer the receiver is told of no groups.
   */
  public void run(List<? extends Configured<? extends DiscoveryProvider<?>>> configurations) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      List<Source> before = new ArrayList<>(sources);
      List<Source> now = new ArrayList<>();
      List<Source> fresh = new ArrayList<>();
      for (Configured<? extends DiscoveryProvider<?>> configuration : configurations) {
        Source kept = take(before, configuration);
        if (kept == null) {
          kept = new Source(configuration);
          fresh.add(kept);
        }
        now.add(kept);
      }
      sources = now;
      List<TargetGroup> left = new ArrayList<>(leftOver);
      for (Source ended : before) {
        left.addAll(ended.groups.values());
        ended.stop();
      }
      leftOver = fresh.isEmpty() ? List.of() : left;
      if (fresh.isEmpty()) {
        dirty = true;
        changed.signalAll();
      }
      if (messenger == null) {
        messenger = Thread.ofVirtual().name("discovery-" + context.pool()).start(this::deliver);
      }
      fresh.forEach(Source::start);
    } finally {
      lock.unlock();
    }
  }

  private static @Nullable Source take(List<Source> from, Configured<?> configuration) {
    for (int i = 0; i < from.size(); i++) {
      if (from.get(i).configuration.equals(configuration)) {
        return from.remove(i);
      }
    }
    return null;
  }

  /**
   * The reasons of the discoverers that fail at present, with the mechanism's name before each; of
   * one that has more than 20 the first and how many there are more.
   */
  public List<String> failures() {
    lock.lock();
    try {
      List<String> reasons = new ArrayList<>();
      for (Source source : sources) {
        source.failures.forEach(
            reason -> reasons.add(source.configuration.provider().name() + ": " + reason));
      }
      return reasons;
    } finally {
      lock.unlock();
    }
  }

  /** How many configurations there are of which no discoverer could be made. */
  public int failedConfigurations() {
    lock.lock();
    try {
      return (int) sources.stream().filter(source -> source.unmade).count();
    } finally {
      lock.unlock();
    }
  }

  /** The number of targets that are known at present. */
  public int targets() {
    return groups().stream().mapToInt(group -> group.targets().size()).sum();
  }

  /** How many updates the discoverers have sent. */
  public long updatesReceived() {
    return received.get();
  }

  /** How often the receiver has been called. */
  public long updatesDelivered() {
    return delivered.get();
  }

  /** Ends all discoverers; the receiver is not called any more. May be called twice. */
  @Override
  public void close() {
    Thread ending;
    lock.lock();
    try {
      closed = true;
      sources.forEach(Source::stop);
      sources = new ArrayList<>();
      ending = messenger;
      if (ending != null) {
        ending.interrupt();
      }
    } finally {
      lock.unlock();
    }
    try {
      if (ending != null && !ending.equals(Thread.currentThread())) {
        ending.join(Duration.ofSeconds(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<TargetGroup> groups() {
    lock.lock();
    try {
      List<TargetGroup> all = new ArrayList<>(leftOver);
      sources.forEach(source -> all.addAll(source.groups.values()));
      return all;
    } finally {
      lock.unlock();
    }
  }

  private void deliver() {
    try {
      while (true) {
        List<TargetGroup> all;
        lock.lock();
        try {
          while (!dirty) {
            changed.await();
          }
          dirty = false;
          told = true;
          all = groups();
        } finally {
          lock.unlock();
        }
        long begun = nanos.getAsLong();
        try {
          receiver.accept(all);
          delivered.incrementAndGet();
        } catch (RuntimeException e) {
          LOG.atError()
              .setMessage("Taking over discovered targets failed")
              .addKeyValue("pool", context.pool())
              .setCause(e)
              .log();
        }
        pauses.pause(gathering(Duration.ofNanos(nanos.getAsLong() - begun)));
      }
    } catch (InterruptedException e) {
      // Closed.
    }
  }

  /** For how long changes are gathered after a delivery that took so long. */
  private Duration gathering(Duration took) {
    Duration rest = took.multipliedBy(REST);
    rest = rest.compareTo(GATHERING) < 0 ? GATHERING : rest;
    return rest.compareTo(interval) > 0 ? interval : rest;
  }

  /** One discoverer and what it has found. */
  private final class Source implements TargetSink {
    private final Configured<? extends DiscoveryProvider<?>> configuration;
    private final Map<String, TargetGroup> groups = new LinkedHashMap<>();

    /** Why it fails at present; empty when it does not. */
    private Set<String> failures = Set.of();

    /** Whether the last attempt to make it failed. */
    private boolean unmade;

    private @Nullable Thread thread;
    private boolean stopped;

    /**
     * Sources of the groups that the present run has sent, until it sends something whole; null
     * after that. What there is besides is of runs before.
     */
    private @Nullable Set<String> sent = new HashSet<>();

    Source(Configured<? extends DiscoveryProvider<?>> configuration) {
      this.configuration = configuration;
    }

    void start() {
      thread =
          Thread.ofVirtual()
              .name("discovery-" + context.pool() + "-" + configuration.provider().name())
              .start(this::discover);
    }

    void stop() {
      stopped = true;
      if (thread != null) {
        thread.interrupt();
      }
    }

    private void discover() {
      Duration pause = FIRST_PAUSE;
      try {
        while (true) {
          long before = received.get();
          begin();
          try {
            make().run(this);
            return;
          } catch (InterruptedException e) {
            throw e;
          } catch (Throwable e) {
            // Errors too: a discovery that has ended and says nothing is found by nobody.
            if (Thread.currentThread().isInterrupted()) {
              return;
            }
            failing(e.getMessage() == null ? e.toString() : e.getMessage());
            pause = received.get() > before ? FIRST_PAUSE : pause;
          }
          pauses.pause(pause);
          pause = pause.multipliedBy(2);
          pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        }
      } catch (InterruptedException e) {
        // Stopped.
      }
    }

    private void begin() {
      lock.lock();
      try {
        sent = new HashSet<>();
      } finally {
        lock.unlock();
      }
    }

    private Discoverer make() {
      boolean made = false;
      try {
        Discoverer discoverer = DiscoveryProvider.create(configuration, context);
        made = true;
        return discoverer;
      } finally {
        lock.lock();
        unmade = !made;
        lock.unlock();
      }
    }

    /** Takes over why it fails now, and logs what is new in that, and what is over. */
    private void fails(Set<String> now) {
      Set<String> before = failures;
      failures = now;
      for (String reason : now) {
        if (!before.contains(reason)) {
          log(LOG.atWarn(), "Discovery fails").addKeyValue("err", reason).log();
        }
      }
      if (now.isEmpty() && !before.isEmpty()) {
        log(LOG.atInfo(), "Discovery works again").log();
        return;
      }
      for (String reason : before) {
        if (!now.contains(reason)) {
          log(LOG.atInfo(), "Discovery fails for another reason, this one is over")
              .addKeyValue("err", reason)
              .log();
        }
      }
    }

    private LoggingEventBuilder log(LoggingEventBuilder event, String message) {
      return event
          .setMessage(message)
          .addKeyValue("pool", context.pool())
          .addKeyValue("discovery", configuration.provider().name());
    }

    @Override
    public void update(List<TargetGroup> changes) {
      lock.lock();
      try {
        if (!stopped) {
          fails(Set.of());
        }
        Set<String> before = sent;
        if (before != null && !stopped) {
          // By its first whole update a run has sent all: the others have vanished since the run
          // before.
          sent = null;
          take(withEndOfOthers(changes, before));
        } else {
          take(changes);
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void updatePartly(List<TargetGroup> changes, String reason) {
      updatePartly(changes, List.of(reason));
    }

    @Override
    public void updatePartly(List<TargetGroup> changes, List<String> reasons) {
      lock.lock();
      try {
        if (sent != null) {
          changes.forEach(group -> sent.add(group.source()));
        }
        take(changes);
        failing(reasons);
      } finally {
        lock.unlock();
      }
    }

    /** These groups, and an empty one for each that is known and not among them or those before. */
    private List<TargetGroup> withEndOfOthers(List<TargetGroup> all, Set<String> before) {
      Set<String> gone = new LinkedHashSet<>(groups.keySet());
      gone.removeAll(before);
      all.forEach(group -> gone.remove(group.source()));
      List<TargetGroup> changes = new ArrayList<>(all);
      gone.forEach(source -> changes.add(new TargetGroup(source, List.of(), Labels.empty())));
      return changes;
    }

    /** Takes changed groups over; under the lock. */
    private void take(List<TargetGroup> changes) {
      if (stopped) {
        return;
      }
      received.incrementAndGet();
      for (TargetGroup group : changes) {
        if (group.targets().isEmpty()) {
          groups.remove(group.source());
        } else {
          groups.put(group.source(), group);
        }
      }
      if (!changes.isEmpty() || !leftOver.isEmpty() || !told) {
        announce();
      }
    }

    @Override
    public void failing(String reason) {
      failing(List.of(reason));
    }

    @Override
    public void failing(List<String> reasons) {
      lock.lock();
      try {
        if (stopped) {
          return;
        }
        fails(bounded(reasons));
        if (groups.isEmpty() && !leftOver.isEmpty()) {
          // Nothing better than what was there before.
          return;
        }
        if (!leftOver.isEmpty() || !told) {
          announce();
        }
      } finally {
        lock.unlock();
      }
    }

    private static Set<String> bounded(List<String> reasons) {
      Set<String> all = new LinkedHashSet<>(reasons);
      if (all.size() <= MOST_REASONS) {
        return all;
      }
      Set<String> first = new LinkedHashSet<>();
      all.stream().limit(MOST_REASONS).forEach(first::add);
      first.add((all.size() - MOST_REASONS) + " more");
      return first;
    }

    private void announce() {
      leftOver = List.of();
      dirty = true;
      changed.signalAll();
    }
  }
}
