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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Role {@code endpoints}: a target for each address and port of a service, with labels of the
 * service and of the pod behind it; and one for each further port of these pods.
 */
final class EndpointsTargets extends RoleTargets {
  private static final Logger LOG = LoggerFactory.getLogger(EndpointsTargets.class);
  private static final String ENDPOINT = MetaLabels.PREFIX + "endpoint_";
  private static final String OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

  private final Watched<Endpoints> endpoints;
  private final Watched<Service> services;
  private final Watched<Pod> pods;
  private final Attachments attachments;
  private final MetaLabels labels;
  private final PodLabels podLabels;

  /** Endpoints that are too many for one object, of which has been told. */
  private final Set<String> overCapacity = new HashSet<>();

  EndpointsTargets(
      Watches watches,
      String namespace,
      KubernetesConfig.AttachMetadata attach,
      MetaLabels labels,
      Changes changes) {
    this.labels = labels;
    endpoints = watches.watch(ObjectKind.ENDPOINTS, namespace);
    services = watches.watch(ObjectKind.SERVICES, namespace);
    pods = watches.watch(ObjectKind.PODS, namespace);
    attachments = Attachments.ofPods(watches, namespace, attach, labels);
    podLabels = new PodLabels(labels, attachments);
    attachments.follow(endpoints, changes);
    services.onChange((event, key) -> {
      // Bear the same name.
      if (endpoints.get(key) != null) {
        changes.changed(key);
      }
    });
    ObjectStore.Index<Endpoints> byPod = endpoints.index(EndpointsTargets::podsOf);
    Changes ofPod = pod -> endpoints.keys(byPod, pod).forEach(changes::changed);
    pods.onChange((event, key) -> ofPod.changed(key));
    attachments.followControllers(pods, ofPod);
    endpoints.follow(attachments.nodes, EndpointsTargets::nodesOf, changes);
  }

  private static List<String> podsOf(Endpoints of) {
    List<String> keys = new ArrayList<>();
    for (Endpoints.Subset subset : of.subsets()) {
      for (Endpoints.Address address : subset.addresses()) {
        TargetRef target = address.target();
        if (target != null && target.isPod()) {
          keys.add(target.key());
        }
      }
    }
    return keys;
  }

  private static List<String> nodesOf(Endpoints of) {
    Set<String> names = new HashSet<>();
    for (Endpoints.Subset subset : of.subsets()) {
      for (Endpoints.Address address : subset.addresses()) {
        String node = node(address.target(), address.nodeName());
        if (node != null) {
          names.add(node);
        }
      }
    }
    return List.copyOf(names);
  }

  /** The node of an address: the one that it is, else the one that it is on. */
  static @Nullable String node(@Nullable TargetRef target, @Nullable String nodeName) {
    return target != null && target.kind().equals("Node") ? target.name() : nodeName;
  }

  @Override
  Watched<Endpoints> objects() {
    return endpoints;
  }

  @Override
  CompletableFuture<Void> listed() {
    return attachments.listed(endpoints, services, pods);
  }

  @Override
  TargetGroup group(String key) {
    String source = "endpoints/" + key;
    Endpoints of = endpoints.get(key);
    if (of == null) {
      overCapacity.remove(key);
      return empty(source);
    }
    Labels.Builder group = Labels.builder();
    group.set(MetaLabels.NAMESPACE, of.meta().namespace());
    Service service = services.get(key);
    if (service != null) {
      ServiceTargets.set(group, labels, service);
    }
    labels.setAll(group, "endpoints", of.meta());
    attachments.setNamespace(group, of.meta().namespace());
    List<Labels> targets = new ArrayList<>();
    PodLabels.Behind behind = podLabels.new Behind();
    for (Endpoints.Subset subset : of.subsets()) {
      for (Endpoints.Port port : subset.ports()) {
        for (Endpoints.Address address : subset.addresses()) {
          targets.add(target(address, port, behind));
        }
      }
    }
    targets.addAll(behind.others());
    warn(of);
    return new TargetGroup(source, targets, group.build());
  }

  private Labels target(Endpoints.Address address, Endpoints.Port port, PodLabels.Behind behind) {
    Labels.Builder target = Labels.builder();
    target.set(LabelNames.ADDRESS, HostPort.join(address.ip(), port.number()));
    target.set(ENDPOINT + "port_name", port.name());
    target.set(ENDPOINT + "port_protocol", port.protocol());
    target.set(ENDPOINT + "ready", Boolean.toString(address.ready()));
    TargetRef ref = address.target();
    if (ref != null) {
      target.set(ENDPOINT + "address_target_kind", ref.kind());
      target.set(ENDPOINT + "address_target_name", ref.name());
    }
    if (address.nodeName() != null) {
      target.set(ENDPOINT + "node_name", address.nodeName());
    }
    target.set(ENDPOINT + "hostname", address.hostname());
    attachments.setNode(target, node(ref, address.nodeName()));
    Pod pod = ref == null || !ref.isPod() ? null : pods.get(ref.key());
    if (pod != null) {
      behind.add(pod, port.number());
      podLabels.set(target, pod);
      PodLabels.setPort(target, pod, port.number(), port.protocol());
    }
    return target.build();
  }

  private void warn(Endpoints of) {
    String capacity = of.meta().label(OVER_CAPACITY);
    if (capacity.isEmpty()) {
      overCapacity.remove(of.meta().key());
    } else if (overCapacity.add(of.meta().key())) {
      LOG.atWarn()
          .setMessage(
              "Number of endpoints in one Endpoints object exceeds 1000"
                  + (capacity.equals("truncated") ? " and has been truncated" : "")
                  + ", please use \"role: endpointslice\" instead")
          .addKeyValue("endpoint", of.meta().name())
          .log();
    }
  }
}
