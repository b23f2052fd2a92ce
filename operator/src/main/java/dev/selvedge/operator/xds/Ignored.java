// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.operator.xds;

import io.grpc.stub.StreamObserver;

/** Whatever else the caller of a call that was refused sends. */
class Ignored<T> implements StreamObserver<T> {
    @Override
    public void onNext(T message) {}

    @Override
    public void onError(Throwable t) {}

    @Override
    public void onCompleted() {}
}
