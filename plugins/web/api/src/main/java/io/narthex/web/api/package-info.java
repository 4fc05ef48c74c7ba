/** Prometheus's HTTP API under /api/v1. */
@NullMarked
package io.narthex.web.api;

import org.jspecify.annotations.NullMarked;
