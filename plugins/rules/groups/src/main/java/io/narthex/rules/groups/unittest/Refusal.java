package io.narthex.rules.groups.unittest;

/**
 * A test cannot be run; the message says why, in the words of Prometheus's tool where it has some.
 */
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  Refusal(String message) {
    super(message);
  }
}
