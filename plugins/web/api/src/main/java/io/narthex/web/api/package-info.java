/** Prometheus's HTTP API under {@code /api/v1}. {@link io.narthex.web.api.ApiRoutes} first. */
@org.jspecify.annotations.NullMarked
package io.narthex.web.api;
