package io.narthex.discovery.kubernetes;

import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Role {@code pod}: a target for each port of each container, or one for a container without. */
final class PodTargets extends RoleTargets {
  private final Watched<Pod> pods;
  private final Attachments attachments;
  private final PodLabels labels;

  PodTargets(
      Watches watches,
      String namespace,
      KubernetesConfig.AttachMetadata attach,
      MetaLabels metaLabels,
      Changes changes) {
    pods = watches.watch(ObjectKind.PODS, namespace);
    attachments = Attachments.ofPods(watches, namespace, attach, metaLabels);
    labels = new PodLabels(metaLabels, attachments);
    attachments.follow(pods, changes);
    pods.follow(attachments.nodes, pod -> List.of(pod.node()), changes);
    attachments.followControllers(pods, changes);
  }

  @Override
  Watched<Pod> objects() {
    return pods;
  }

  @Override
  CompletableFuture<Void> listed() {
    return attachments.listed(pods);
  }

  @Override
  TargetGroup group(String key) {
    String source = "pod/" + key;
    Pod pod = pods.get(key);
    // A pod has no address while it starts, and none any more when it was evicted.
    if (pod == null || pod.ip().isEmpty()) {
      return empty(source);
    }
    if (attachments.nodes != null && attachments.nodes.get(pod.node()) == null) {
      // A selector for nodes excludes it.
      return empty(source);
    }
    Labels.Builder group = Labels.builder();
    labels.set(group, pod);
    group.set(MetaLabels.NAMESPACE, pod.meta().namespace());
    attachments.setNode(group, pod.node());
    attachments.setNamespace(group, pod.meta().namespace());
    List<Labels> targets = new ArrayList<>();
    for (Pod.Container container : pod.containers()) {
      if (container.ports().isEmpty()) {
        Labels.Builder target = Labels.builder();
        target.set(LabelNames.ADDRESS, pod.ip());
        PodLabels.set(target, container);
        PodLabels.setId(target, container);
        targets.add(target.build());
      }
      for (Pod.Port port : container.ports()) {
        Labels.Builder target = Labels.builder();
        target.set(LabelNames.ADDRESS, HostPort.join(pod.ip(), port.number()));
        PodLabels.set(target, container);
        PodLabels.setId(target, container);
        PodLabels.set(target, port.name(), port.number(), port.protocol());
        targets.add(target.build());
      }
    }
    return new TargetGroup(source, targets, group.build());
  }
}
