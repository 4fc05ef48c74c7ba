package io.narthex.sample.first;

import io.narthex.sample.second.Second;

/** Breaks the rules on purpose: it uses another plugin, and in a circle. */
public record First(Second second) {}
