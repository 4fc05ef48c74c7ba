package com.example.extensions;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Help;
import java.time.Duration;

/**
 * The section {@code greeting}.
 *
 * @param text what is said
 * @param interval how often it is said
 */
record GreetingConfig(
    @Flag(value = "greeting.text", help = "What is said.") @Default("hello") String text,
    @Help("How often it is said; not at all when 0s.") Duration interval) {}
