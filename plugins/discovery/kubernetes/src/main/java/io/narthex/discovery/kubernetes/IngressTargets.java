package io.narthex.discovery.kubernetes;

import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Role {@code ingress}: a target for each path of each host. */
final class IngressTargets extends RoleTargets {
  private static final String INGRESS = MetaLabels.PREFIX + "ingress_";

  private final Watched<Ingress> ingresses;
  private final Attachments attachments;
  private final MetaLabels labels;

  IngressTargets(
      Watches watches,
      String namespace,
      KubernetesConfig.AttachMetadata attach,
      MetaLabels labels,
      Changes changes) {
    this.labels = labels;
    ingresses = watches.watch(ObjectKind.INGRESSES, namespace);
    attachments = Attachments.ofOthers(watches, attach, labels);
    attachments.follow(ingresses, changes);
  }

  @Override
  Watched<Ingress> objects() {
    return ingresses;
  }

  @Override
  CompletableFuture<Void> listed() {
    return attachments.listed(ingresses);
  }

  @Override
  TargetGroup group(String key) {
    String source = "ingress/" + key;
    Ingress ingress = ingresses.get(key);
    if (ingress == null) {
      return empty(source);
    }
    Labels.Builder group = Labels.builder();
    group.set(MetaLabels.NAMESPACE, ingress.meta().namespace());
    group.set(INGRESS + "class_name", ingress.className());
    labels.setAll(group, "ingress", ingress.meta());
    attachments.setNamespace(group, ingress.meta().namespace());
    List<Labels> targets = new ArrayList<>();
    for (Ingress.Rule rule : ingress.rules()) {
      boolean tls = ingress.tlsHosts().stream().anyMatch(host -> matches(host, rule.host()));
      for (String path : rule.paths()) {
        targets.add(
            Labels.builder()
                .set(LabelNames.ADDRESS, rule.host())
                .set(INGRESS + "scheme", tls ? "https" : "http")
                .set(INGRESS + "host", rule.host())
                .set(INGRESS + "path", path)
                .build());
      }
    }
    return new TargetGroup(source, targets, group.build());
  }

  /** Whether a host is one, or {@code *.domain} that has it directly below. */
  static boolean matches(String pattern, String host) {
    if (pattern.equals(host)) {
      return true;
    }
    int dot = host.indexOf('.');
    return pattern.startsWith("*.") && dot >= 0 && pattern.substring(1).equals(host.substring(dot));
  }
}
