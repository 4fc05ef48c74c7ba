package io.narthex.discovery.kubernetes;

import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Role {@code endpointslice}: as {@link EndpointsTargets}, from the newer kind of objects. */
final class EndpointSliceTargets extends RoleTargets {
  private static final String SLICE = MetaLabels.PREFIX + "endpointslice_";
  private static final String TOPOLOGY = SLICE + "endpoint_topology_";

  private final Watched<EndpointSlice> slices;
  private final Watched<Service> services;
  private final Watched<Pod> pods;
  private final Attachments attachments;
  private final MetaLabels labels;
  private final PodLabels podLabels;

  EndpointSliceTargets(
      Watches watches,
      String namespace,
      KubernetesConfig.AttachMetadata attach,
      MetaLabels labels,
      Changes changes) {
    this.labels = labels;
    slices = watches.watch(ObjectKind.ENDPOINT_SLICES, namespace);
    services = watches.watch(ObjectKind.SERVICES, namespace);
    pods = watches.watch(ObjectKind.PODS, namespace);
    attachments = Attachments.ofPods(watches, namespace, attach, labels);
    podLabels = new PodLabels(labels, attachments);
    attachments.follow(slices, changes);
    slices.follow(services, slice -> List.of(slice.service()), changes);
    ObjectStore.Index<EndpointSlice> byPod = slices.index(EndpointSliceTargets::podsOf);
    Changes ofPod = pod -> slices.keys(byPod, pod).forEach(changes::changed);
    pods.onChange((event, key) -> ofPod.changed(key));
    attachments.followControllers(pods, ofPod);
    slices.follow(attachments.nodes, EndpointSliceTargets::nodesOf, changes);
  }

  private static List<String> podsOf(EndpointSlice slice) {
    List<String> keys = new ArrayList<>();
    for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
      TargetRef target = endpoint.target();
      if (target != null && target.isPod()) {
        keys.add(target.key());
      }
    }
    return keys;
  }

  private static List<String> nodesOf(EndpointSlice slice) {
    Set<String> names = new HashSet<>();
    for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
      String node = EndpointsTargets.node(endpoint.target(), endpoint.nodeName());
      if (node != null) {
        names.add(node);
      }
    }
    return List.copyOf(names);
  }

  @Override
  Watched<EndpointSlice> objects() {
    return slices;
  }

  @Override
  CompletableFuture<Void> listed() {
    return attachments.listed(slices, services, pods);
  }

  @Override
  TargetGroup group(String key) {
    String source = "endpointslice/" + key;
    EndpointSlice slice = slices.get(key);
    if (slice == null) {
      return empty(source);
    }
    Service service = services.get(slice.service());
    if (service != null && isSecondFamily(slice, service)) {
      // The slice of the other family has the same endpoints.
      return empty(source);
    }
    Labels.Builder group = Labels.builder();
    group.set(MetaLabels.NAMESPACE, slice.meta().namespace());
    group.set(SLICE + "address_type", slice.addressType());
    labels.setAll(group, "endpointslice", slice.meta());
    if (service != null) {
      ServiceTargets.set(group, labels, service);
    }
    attachments.setNamespace(group, slice.meta().namespace());
    List<Labels> targets = new ArrayList<>();
    PodLabels.Behind behind = podLabels.new Behind();
    for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
      for (EndpointSlice.Port port : slice.ports()) {
        for (String address : endpoint.addresses()) {
          targets.add(target(address, endpoint, port, behind));
        }
      }
    }
    targets.addAll(behind.others());
    return new TargetGroup(source, targets, group.build());
  }

  /** Whether a service of both families has this slice for the one that is not its first. */
  private static boolean isSecondFamily(EndpointSlice slice, Service service) {
    return service.ipFamilyPolicy().endsWith("DualStack")
        && !service.ipFamily().isEmpty()
        && !service.ipFamily().equals(slice.addressType());
  }

  private Labels target(
      String address,
      EndpointSlice.Endpoint endpoint,
      EndpointSlice.Port port,
      PodLabels.Behind behind) {
    Labels.Builder target = Labels.builder();
    Integer number = port.number();
    target.set(LabelNames.ADDRESS, number == null ? address : HostPort.join(address, number));
    set(target, SLICE + "port_name", port.name());
    set(target, SLICE + "port_protocol", port.protocol());
    set(target, SLICE + "port", number);
    set(target, SLICE + "port_app_protocol", port.appProtocol());
    set(target, SLICE + "endpoint_conditions_ready", endpoint.ready());
    set(target, SLICE + "endpoint_conditions_serving", endpoint.serving());
    set(target, SLICE + "endpoint_conditions_terminating", endpoint.terminating());
    set(target, SLICE + "endpoint_hostname", endpoint.hostname());
    TargetRef ref = endpoint.target();
    if (ref != null) {
      target.set(SLICE + "address_target_kind", ref.kind());
      target.set(SLICE + "address_target_name", ref.name());
    }
    set(target, SLICE + "endpoint_node_name", endpoint.nodeName());
    set(target, SLICE + "endpoint_zone", endpoint.zone());
    endpoint
        .topology()
        .forEach((key, value) -> {
          String name = MetaLabels.sanitized(key);
          target.set(TOPOLOGY + name, value);
          target.set(TOPOLOGY + "present_" + name, "true");
        });
    attachments.setNode(target, EndpointsTargets.node(ref, endpoint.nodeName()));
    Pod pod = ref == null || !ref.isPod() ? null : pods.get(ref.key());
    if (pod != null) {
      podLabels.set(target, pod);
      behind.add(pod);
      if (number != null) {
        behind.add(pod, number);
        PodLabels.setPort(target, pod, number, null);
      }
    }
    return target.build();
  }

  private static void set(Labels.Builder to, String name, @Nullable Object value) {
    if (value != null) {
      to.set(name, value.toString());
    }
  }
}
