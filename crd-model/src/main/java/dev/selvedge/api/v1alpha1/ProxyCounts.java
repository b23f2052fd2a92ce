// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/**
 * The proxies that hold something which a policy shapes.
 *
 * @param total proxies that hold a resource which the object shapes; 0 means not in use
 * @param current of these, how many acknowledged the resources compiled from {@code observedGeneration}
 * @param pending not yet acknowledged, or disconnected while their pod still exists
 * @param rejecting refused by Envoy; they keep the last good resource
 * @param summary {@code current/total}, for the printed column
 */
@ApiObject
public record ProxyCounts(
        int total,
        int current,
        int pending,
        int rejecting,
        @Nullable String summary) {}
