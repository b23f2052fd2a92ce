// SPDX-License-Identifier: Apache-2.0
@NullMarked
package dev.selvedge.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
