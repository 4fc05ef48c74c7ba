package io.narthex.exporter.node;

import java.io.IOException;

/** A call that the kernel refused. */
final class KernelException extends IOException {
  private final int errno;

  KernelException(String call, int errno) {
    super("cannot call " + call + ": " + text(errno));
    this.errno = errno;
  }

  int errno() {
    return errno;
  }

  /**
   * The error's text alone, in the words that Go programs show and that stand in the label {@code
   * device_error}.
   */
  String text() {
    return text(errno);
  }

  private static String text(int errno) {
    return switch (errno) {
      case 1 -> "operation not permitted";
      case 2 -> "no such file or directory";
      case 4 -> "interrupted system call";
      case 5 -> "input/output error";
      case 6 -> "no such device or address";
      case 11 -> "resource temporarily unavailable";
      case 12 -> "cannot allocate memory";
      case 13 -> "permission denied";
      case 14 -> "bad address";
      case 19 -> "no such device";
      case 20 -> "not a directory";
      case 22 -> "invalid argument";
      case 24 -> "too many open files";
      case 36 -> "file name too long";
      case 38 -> "function not implemented";
      case 40 -> "too many levels of symbolic links";
      case 75 -> "value too large for defined data type";
      case 93 -> "protocol not supported";
      case 97 -> "address family not supported by protocol";
      case 107 -> "transport endpoint is not connected";
      case 108 -> "cannot send after transport endpoint shutdown";
      case 110 -> "connection timed out";
      case 111 -> "connection refused";
      case 112 -> "host is down";
      case 113 -> "no route to host";
      case 116 -> "stale NFS file handle";
      case 121 -> "remote I/O error";
      case 126 -> "required key not available";
      default -> "errno " + errno;
    };
  }
}
