package io.narthex.distribution;

/**
 * How a program ended.
 *
 * @param status its exit status; 128 and the signal's number when one ended it
 * @param out what it wrote to standard output
 * @param err what it wrote to standard error
 */
record Ended(int status, String out, String err) {
  /** All that it wrote. */
  String output() {
    return out + err;
  }
}
