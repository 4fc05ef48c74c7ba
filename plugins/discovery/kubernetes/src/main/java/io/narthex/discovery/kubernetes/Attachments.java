package io.narthex.discovery.kubernetes;

import io.narthex.api.model.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Labels of objects that a target's own object names: its node, its namespace, and what made its
 * pod. Each is watched only when the configuration asks for it.
 */
final class Attachments {
  private static final String DEPLOYMENT = MetaLabels.PREFIX + "pod_deployment_name";
  private static final String JOB = MetaLabels.PREFIX + "pod_job_name";
  private static final String CRON_JOB = MetaLabels.PREFIX + "pod_cronjob_name";

  private final MetaLabels labels;
  private final boolean job;
  final @Nullable Watched<Node> nodes;
  final @Nullable Watched<Fact.Plain> namespaces;
  final @Nullable Watched<Fact.Plain> replicaSets;
  final @Nullable Watched<Fact.Plain> jobs;

  private Attachments(
      MetaLabels labels,
      boolean job,
      @Nullable Watched<Node> nodes,
      @Nullable Watched<Fact.Plain> namespaces,
      @Nullable Watched<Fact.Plain> replicaSets,
      @Nullable Watched<Fact.Plain> jobs) {
    this.labels = labels;
    this.job = job;
    this.nodes = nodes;
    this.namespaces = namespaces;
    this.replicaSets = replicaSets;
    this.jobs = jobs;
  }

  /** What the configuration asks for, for targets that are pods or may have pods behind them. */
  static Attachments ofPods(
      Watches watches,
      String namespace,
      KubernetesConfig.AttachMetadata wanted,
      MetaLabels labels) {
    return new Attachments(
        labels,
        wanted.job(),
        wanted.node() ? watches.watch(ObjectKind.NODES, "") : null,
        wanted.namespace() ? watches.watch(ObjectKind.NAMESPACES, "") : null,
        wanted.deployment() ? watches.watch(ObjectKind.REPLICA_SETS, namespace) : null,
        wanted.cronjob() ? watches.watch(ObjectKind.JOBS, namespace) : null);
  }

  /** What the configuration asks for, for targets that have no pods behind them. */
  static Attachments ofOthers(
      Watches watches, KubernetesConfig.AttachMetadata wanted, MetaLabels labels) {
    return new Attachments(
        labels,
        false,
        null,
        wanted.namespace() ? watches.watch(ObjectKind.NAMESPACES, "") : null,
        null,
        null);
  }

  /**
   * Has the keys told of the objects that targets are made of, when they or their namespace change.
   */
  <F extends Fact> void follow(Watched<F> objects, RoleTargets.Changes changes) {
    objects.onChange((event, key) -> changes.changed(key));
    objects.follow(namespaces, object -> List.of(object.meta().namespace()), changes);
  }

  /** Has the keys told of pods when what made them changes. */
  void followControllers(Watched<Pod> pods, RoleTargets.Changes changes) {
    pods.follow(replicaSets, pod -> madeBy(pod, "ReplicaSet"), changes);
    pods.follow(jobs, pod -> madeBy(pod, "Job"), changes);
  }

  /** The key of what made a pod, if that is of a kind. */
  private static List<String> madeBy(Pod pod, String kind) {
    return pod.meta().controllerKind().equals(kind)
        ? List.of(Meta.key(pod.meta().namespace(), pod.meta().controllerName()))
        : List.of();
  }

  /** Completes when everything has been listed that is watched for this, and {@code others}. */
  CompletableFuture<Void> listed(Watched<?>... others) {
    List<Watched<?>> watched = new ArrayList<>(List.of(others));
    if (nodes != null) {
      watched.add(nodes);
    }
    if (namespaces != null) {
      watched.add(namespaces);
    }
    if (replicaSets != null) {
      watched.add(replicaSets);
    }
    if (jobs != null) {
      watched.add(jobs);
    }
    return CompletableFuture.allOf(
        watched.stream().map(Watched::listed).toArray(CompletableFuture<?>[]::new));
  }

  /** Sets name, labels and annotations of a node. */
  void setNode(Labels.Builder to, @Nullable String name) {
    Node node = nodes == null || name == null ? null : nodes.get(name);
    if (node != null) {
      labels.setAll(to, "node", node.meta());
    }
  }

  /** Sets labels and annotations of a namespace. */
  void setNamespace(Labels.Builder to, String name) {
    Fact.Plain namespace = namespaces == null ? null : namespaces.get(name);
    if (namespace != null) {
      labels.setLabelsAndAnnotations(to, "namespace", namespace.meta());
    }
  }

  /** Sets the names of what made a pod. */
  void setController(Labels.Builder to, Meta pod) {
    String key = Meta.key(pod.namespace(), pod.controllerName());
    switch (pod.controllerKind()) {
      case "ReplicaSet" -> {
        Fact.Plain set = replicaSets == null ? null : replicaSets.get(key);
        if (set != null && set.meta().controllerKind().equals("Deployment")) {
          to.set(DEPLOYMENT, set.meta().controllerName());
        }
      }
      case "Job" -> {
        if (job) {
          to.set(JOB, pod.controllerName());
        }
        Fact.Plain of = jobs == null ? null : jobs.get(key);
        if (of != null && of.meta().controllerKind().equals("CronJob")) {
          to.set(CRON_JOB, of.meta().controllerName());
        }
      }
      default -> {}
    }
  }
}
