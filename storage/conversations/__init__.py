"""@@PACKAGE storage/conversations"""
