package io.narthex.sample.second;

import io.narthex.sample.first.First;

/** The other half of the circle. */
public record Second(First first) {}
