// SPDX-License-Identifier: Apache-2.0
package dev.selvedge.compiler.golden;

import com.google.protobuf.BoolValue;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.UInt32Value;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue;
import io.envoyproxy.envoy.extensions.filters.network.set_filter_state.v3.Config;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.List;
import java.util.stream.Stream;

/** Messages with the fields that Envoy 1.40 has and our library of them has not, so that they can be read by name. */
final class NewerDescriptors {
    private NewerDescriptors() {}

    static Descriptor setFilterState() {
        var field = field("on_downstream_tls_handshake", 2, Type.TYPE_MESSAGE)
                .setLabel(Label.LABEL_REPEATED)
                .setTypeName("." + FilterStateValue.getDescriptor().getFullName());
        return extended(Config.getDescriptor(), List.of(), List.of(field.build()), FilterStateValue.getDescriptor());
    }

    static Descriptor tcpProxy() {
        var modes = EnumDescriptorProto.newBuilder()
                .setName("UpstreamConnectMode")
                .addValue(EnumValueDescriptorProto.newBuilder()
                        .setName("IMMEDIATE")
                        .setNumber(0))
                .addValue(EnumValueDescriptorProto.newBuilder()
                        .setName("ON_DOWNSTREAM_DATA")
                        .setNumber(1))
                .addValue(EnumValueDescriptorProto.newBuilder()
                        .setName("ON_DOWNSTREAM_TLS_HANDSHAKE")
                        .setNumber(2));
        var file = TcpProxy.getDescriptor().getFile();
        var mode = field("upstream_connect_mode", 21, Type.TYPE_ENUM)
                .setTypeName("." + file.getPackage() + ".UpstreamConnectMode");
        var early = field("max_early_data_bytes", 22, Type.TYPE_MESSAGE)
                .setTypeName("." + UInt32Value.getDescriptor().getFullName());
        return extended(
                TcpProxy.getDescriptor(),
                List.of(modes.build()),
                List.of(mode.build(), early.build()),
                UInt32Value.getDescriptor());
    }

    /** Routes, with a consistent choice among weighted clusters and virtual hosts by any header. */
    static Descriptor routeConfiguration() {
        var field = field("use_hash_policy", 5, Type.TYPE_MESSAGE)
                .setTypeName("." + BoolValue.getDescriptor().getFullName());
        var components =
                extended(WeightedCluster.getDescriptor(), List.of(), List.of(field.build()), BoolValue.getDescriptor());
        var file = RouteConfiguration.getDescriptor().getFile();
        var proto = file.toProto().toBuilder();
        proto.getMessageTypeBuilder(RouteConfiguration.getDescriptor().getIndex())
                .addField(field("vhost_header", 18, Type.TYPE_STRING));
        var dependencies = file.getDependencies().stream()
                .map(it -> it.getName().equals(components.getFile().getName()) ? components.getFile() : it)
                .toArray(FileDescriptor[]::new);
        try {
            return FileDescriptor.buildFrom(proto.build(), dependencies)
                    .findMessageTypeByName(RouteConfiguration.getDescriptor().getName());
        } catch (DescriptorValidationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static FieldDescriptorProto.Builder field(String name, int number, Type type) {
        return FieldDescriptorProto.newBuilder()
                .setName(name)
                .setNumber(number)
                .setType(type)
                .setLabel(Label.LABEL_OPTIONAL);
    }

    private static Descriptor extended(
            Descriptor message, List<EnumDescriptorProto> enums, List<FieldDescriptorProto> fields, Descriptor used) {
        var file = message.getFile();
        var proto = FileDescriptorProto.newBuilder(file.toProto()).addAllEnumType(enums);
        proto.getMessageTypeBuilder(message.getIndex()).addAllField(fields);
        var known = file.getDependencies().stream().anyMatch(used.getFile()::equals);
        if (!known) {
            proto.addDependency(used.getFile().getName());
        }
        var dependencies = Stream.concat(
                        file.getDependencies().stream(), known ? Stream.of() : Stream.of(used.getFile()))
                .toArray(FileDescriptor[]::new);
        try {
            return FileDescriptor.buildFrom(proto.build(), dependencies).findMessageTypeByName(message.getName());
        } catch (DescriptorValidationException e) {
            throw new IllegalStateException(e);
        }
    }
}
