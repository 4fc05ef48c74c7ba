package io.narthex.exporter.node;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** A kernel that answers as it is told. */
final class FakeSystemCalls implements SystemCalls {
  /** What a call for a path does. */
  interface Answer {
    FileSystemStatus get() throws KernelException;
  }

  final Map<String, Answer> mounts = new LinkedHashMap<>();
  final Map<String, long[]> links = new LinkedHashMap<>();
  Uname uname = new Uname("Linux", "host", "6.1.0", "#1 SMP", "x86_64", "(none)");
  LocalZone zone = new LocalZone("CET", 3600);
  KernelException linksFailure;
  LinkageError unlinked;

  @Override
  public FileSystemStatus statfs(String path) throws KernelException {
    Answer answer = mounts.get(path);
    if (answer == null) {
      throw new KernelException("statfs", 2);
    }
    return answer.get();
  }

  @Override
  public Uname uname() {
    if (unlinked != null) {
      throw unlinked;
    }
    return uname;
  }

  @Override
  public LocalZone localZone(long epochSecond) {
    return zone;
  }

  @Override
  public void links(BiConsumer<String, long[]> devices) throws KernelException {
    if (linksFailure != null) {
      throw linksFailure;
    }
    links.forEach(devices);
  }
}
