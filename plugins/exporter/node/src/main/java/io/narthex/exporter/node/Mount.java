package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.Labels;

/**
 * One mounted file system, with the labels of its samples.
 *
 * @param device what is mounted
 * @param mountPoint where, as it is reported: below the root of the file systems that are looked at
 * @param type the file system's type
 * @param readOnly whether the mount or the file system is read-only
 * @param path where this process finds it
 * @param labels of the samples while it answers
 * @param infoLabels of {@code node_filesystem_mount_info}
 */
record Mount(
    String device,
    String mountPoint,
    String type,
    boolean readOnly,
    String path,
    Labels labels,
    Labels infoLabels) {

  /** The labels of the samples, given why it does not answer. */
  Labels labels(String error) {
    return labels(device, mountPoint, type, error);
  }

  static Labels labels(String device, String mountPoint, String type, String error) {
    return Labels.of(
        "device", device, "mountpoint", mountPoint, "fstype", type, "device_error", error);
  }

  static Labels infoLabels(String device, String major, String minor, String mountPoint) {
    return Labels.of("device", device, "major", major, "minor", minor, "mountpoint", mountPoint);
  }
}
