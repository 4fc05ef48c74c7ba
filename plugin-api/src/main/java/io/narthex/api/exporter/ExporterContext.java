package io.narthex.api.exporter;

import io.narthex.api.Api;
import java.nio.file.Path;

/**
 * What an exporter gets besides its configuration.
 *
 * @param baseDirectory where relative file names start
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record ExporterContext(Path baseDirectory) {}
