package io.narthex.sample.first.util;

/** Lives where nothing should. */
public record Leftover() {}
