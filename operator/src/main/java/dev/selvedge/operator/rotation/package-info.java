// SPDX-License-Identifier: Apache-2.0
/** The command of the rotation Job: makes the trust anchor and signs the issuer. */
@NullMarked
package dev.selvedge.operator.rotation;

import org.jspecify.annotations.NullMarked;
