package io.narthex.api.web;

import io.narthex.api.Api;

/**
 * A handler that answers while the process is still starting, too. Below {@code /api/} every other
 * one is not asked before: the client gets 503. It must not count on a storage that has started.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
@FunctionalInterface
public interface EarlyHandler extends Handler {}
