// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.webhook;

import java.util.Optional;

/** Answers GET below a path of the webhooks' server. */
@FunctionalInterface
public interface Reading {
    /**
     * Called on a worker thread; may block.
     *
     * @param authorization the header of that name
     */
    Answer get(String path, Optional<String> authorization);

    /** @param json a whole document, or the text of an answer that is no success */
    record Answer(int status, String json) {
        public static final int OK = 200;
    }
}
