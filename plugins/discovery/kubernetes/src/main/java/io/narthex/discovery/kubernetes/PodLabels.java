package io.narthex.discovery.kubernetes;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Labels of pods and their containers, for targets that are pods or have pods behind them. */
final class PodLabels {
  private static final String POD = MetaLabels.PREFIX + "pod_";
  private static final String CONTAINER = POD + "container_";

  private final MetaLabels labels;
  private final Attachments attachments;

  PodLabels(MetaLabels labels, Attachments attachments) {
    this.labels = labels;
    this.attachments = attachments;
  }

  /** Sets labels of a pod. */
  void set(Labels.Builder to, Pod pod) {
    to.set(POD + "ip", pod.ip());
    to.set(POD + "ready", pod.ready());
    to.set(POD + "phase", pod.phase());
    to.set(POD + "node_name", pod.node());
    to.set(POD + "host_ip", pod.hostIp());
    to.set(POD + "uid", pod.meta().uid());
    labels.setAll(to, "pod", pod.meta());
    to.set(POD + "controller_kind", pod.meta().controllerKind());
    to.set(POD + "controller_name", pod.meta().controllerName());
    attachments.setController(to, pod.meta());
  }

  /** Sets labels of a container. */
  static void set(Labels.Builder to, Pod.Container container) {
    to.set(CONTAINER + "name", container.name());
    to.set(CONTAINER + "image", container.image());
    to.set(CONTAINER + "init", Boolean.toString(container.init()));
  }

  /** Sets the id of a container; targets that are not pods do not have it. */
  static void setId(Labels.Builder to, Pod.Container container) {
    to.set(CONTAINER + "id", container.id());
  }

  /** Sets labels of a container's port. */
  static void set(Labels.Builder to, String name, int number, String protocol) {
    to.set(CONTAINER + "port_name", name);
    to.set(CONTAINER + "port_number", Integer.toString(number));
    to.set(CONTAINER + "port_protocol", protocol);
  }

  /**
   * Sets labels of the containers that have a port of this number, and of these ports.
   *
   * @param protocol what is told of the port; null for what the container says
   */
  static void setPort(Labels.Builder to, Pod pod, int number, @Nullable String protocol) {
    for (Pod.Container container : pod.containers()) {
      for (Pod.Port port : container.ports()) {
        if (port.number() == number) {
          set(to, container);
          set(to, port.name(), number, protocol == null ? port.protocol() : protocol);
          break;
        }
      }
    }
  }

  /**
   * The pods behind endpoints, and which of their ports endpoints lead to. The others become
   * targets too.
   */
  final class Behind {
    private final Map<String, Pod> pods = new LinkedHashMap<>();
    private final Map<String, Set<Integer>> ports = new HashMap<>();

    /** An endpoint leads to a pod. */
    void add(Pod pod) {
      pods.putIfAbsent(pod.meta().key(), pod);
    }

    /** An endpoint leads to a port of a pod. */
    void add(Pod pod, int port) {
      add(pod);
      ports.computeIfAbsent(pod.meta().key(), key -> new TreeSet<>()).add(port);
    }

    /** Targets for ports of the pods to which no endpoint leads. */
    List<Labels> others() {
      List<Labels> targets = new ArrayList<>();
      for (Pod pod : pods.values()) {
        if (pod.ip().isEmpty()) {
          continue;
        }
        Set<Integer> seen = ports.getOrDefault(pod.meta().key(), Set.of());
        for (Pod.Container container : pod.containers()) {
          for (Pod.Port port : container.ports()) {
            if (!seen.contains(port.number())) {
              Labels.Builder target = Labels.builder();
              target.set(LabelNames.ADDRESS, HostPort.join(pod.ip(), port.number()));
              PodLabels.set(target, container);
              PodLabels.set(target, port.name(), port.number(), port.protocol());
              PodLabels.this.set(target, pod);
              targets.add(target.build());
            }
          }
        }
      }
      return targets;
    }
  }
}
