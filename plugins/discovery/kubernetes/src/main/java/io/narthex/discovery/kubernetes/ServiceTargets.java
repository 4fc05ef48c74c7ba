package io.narthex.discovery.kubernetes;

import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Role {@code service}: a target for each port of a service, under its name in the cluster. */
final class ServiceTargets extends RoleTargets {
  private static final String SERVICE = MetaLabels.PREFIX + "service_";

  private final Watched<Service> services;
  private final Attachments attachments;
  private final MetaLabels labels;

  ServiceTargets(
      Watches watches,
      String namespace,
      KubernetesConfig.AttachMetadata attach,
      MetaLabels labels,
      Changes changes) {
    this.labels = labels;
    services = watches.watch(ObjectKind.SERVICES, namespace);
    attachments = Attachments.ofOthers(watches, attach, labels);
    attachments.follow(services, changes);
  }

  /** Sets labels of a service, its namespace among them. */
  static void set(Labels.Builder to, MetaLabels labels, Service service) {
    to.set(MetaLabels.NAMESPACE, service.meta().namespace());
    labels.setAll(to, "service", service.meta());
  }

  @Override
  Watched<Service> objects() {
    return services;
  }

  @Override
  CompletableFuture<Void> listed() {
    return attachments.listed(services);
  }

  @Override
  TargetGroup group(String key) {
    String source = "svc/" + key;
    Service service = services.get(key);
    if (service == null) {
      return empty(source);
    }
    Labels.Builder group = Labels.builder();
    set(group, labels, service);
    attachments.setNamespace(group, service.meta().namespace());
    List<Labels> targets = new ArrayList<>();
    for (Service.Port port : service.ports()) {
      Labels.Builder target = Labels.builder();
      target.set(
          LabelNames.ADDRESS,
          HostPort.join(
              service.meta().name() + "." + service.meta().namespace() + ".svc", port.number()));
      target.set(SERVICE + "port_name", port.name());
      target.set(SERVICE + "port_number", Integer.toString(port.number()));
      target.set(SERVICE + "port_protocol", port.protocol());
      target.set(SERVICE + "type", service.type());
      if (service.type().equals("ExternalName")) {
        target.set(SERVICE + "external_name", service.externalName());
      } else {
        target.set(SERVICE + "cluster_ip", service.clusterIp());
      }
      if (service.type().equals("LoadBalancer")) {
        target.set(SERVICE + "loadbalancer_ip", service.loadBalancerIp());
      }
      targets.add(target.build());
    }
    return new TargetGroup(source, targets, group.build());
  }
}
