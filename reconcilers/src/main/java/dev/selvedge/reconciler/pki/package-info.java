// SPDX-License-Identifier: Apache-2.0
/**
 * Keys and certificates: trust anchor → issuer → leaf. Providers are named explicitly: see {@link
 * dev.selvedge.reconciler.pki.Cryptography}.
 */
@NullMarked
package dev.selvedge.reconciler.pki;

import org.jspecify.annotations.NullMarked;
