/** Takes the samples that other servers send by remote write. */
@NullMarked
package io.narthex.ingest.remotewrite;

import org.jspecify.annotations.NullMarked;
